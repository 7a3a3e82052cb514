/** Number of events of a streamed response, `[DONE]` not counted. */
const EVENTS = 100;

/** What a prompt holds when the mock provider is to respond with a megabyte. */
export const LARGE_RESPONSE_MARK = '[respond with 1 MB]';

/** Model name of every call, in the gateway's configuration and in the requests. */
export const MODEL = 'bench-model';

const USAGE = { prompt_tokens: 150, completion_tokens: 60, total_tokens: 210 };

/** Returns the body of a chat completion request of about the given size. */
export function requestBody(bytes: number, options: { stream?: boolean; mark?: string }): Buffer {
  const streamed = options.stream ? { stream: true, stream_options: { include_usage: true } } : {};
  const build = (content: string) =>
    JSON.stringify({
      model: MODEL,
      ...streamed,
      messages: [
        { role: 'system', content: 'You are an assistant that answers briefly.' },
        { role: 'user', content },
      ],
      max_tokens: 256,
      temperature: 0.2,
    });
  const mark = options.mark ?? '';
  const filler = Math.max(0, bytes - build(mark).length);
  return Buffer.from(build(mark + 'measure '.repeat(filler / 8 + 1).slice(0, filler)));
}

/** Returns a chat completion whose content has the given length; 300 characters make about 600 bytes. */
export function completionBody(contentLength: number): Buffer {
  return Buffer.from(
    JSON.stringify({
      id: 'chatcmpl-Bench00000000000000000000001',
      object: 'chat.completion',
      created: 1_780_000_000,
      model: MODEL,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'respond '.repeat(contentLength / 8) },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: USAGE,
      system_fingerprint: null,
    }),
  );
}

/** Returns the events of a streamed response: {@link EVENTS} with the usage in the last, then `[DONE]`. */
export function streamEvents(): readonly string[] {
  const event = (choices: readonly unknown[], usage: typeof USAGE | null) => {
    const chunk = {
      id: 'chatcmpl-Bench00000000000000000000002',
      object: 'chat.completion.chunk',
      created: 1_780_000_000,
      model: MODEL,
      choices,
      usage,
    };
    return `data: ${JSON.stringify(chunk)}\n\n`;
  };
  const deltas = Array.from({ length: EVENTS - 1 }, (_, index) =>
    event([{ index: 0, delta: { content: ` word${String(index)}` }, finish_reason: null }], null),
  );
  return [...deltas, event([], USAGE), 'data: [DONE]\n\n'];
}
