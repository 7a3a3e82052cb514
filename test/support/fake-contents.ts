import type { FakeTokens } from './fake-completion.js';

/** A call of Google's Gemini API. */
interface ContentsCall extends FakeTokens {
  readonly id: string;
}

const TEXT = 'w0 w1 w2';

/** A buffered response of Google's Gemini API with the tokens of a call. */
export function contentOf(call: ContentsCall, text = TEXT): object {
  return contentChunk(call, text, { finishReason: 'STOP' });
}

/** The same response as the elements of a stream. */
export function contentChunks(call: ContentsCall, text = TEXT): readonly object[] {
  return [...text.split(/(?<= )/).map((part) => contentChunk(call, part)), contentOf(call, '')];
}

function contentChunk(
  { id, promptTokens, cachedTokens, completionTokens }: ContentsCall,
  text: string,
  ending: object = {},
): object {
  return {
    candidates: [{ content: { role: 'model', parts: [{ text }] }, index: 0, ...ending }],
    usageMetadata: {
      promptTokenCount: promptTokens,
      cachedContentTokenCount: cachedTokens,
      candidatesTokenCount: completionTokens,
      totalTokenCount: promptTokens + completionTokens,
    },
    responseId: id,
  };
}
