import { chatCompletions } from '../endpoints/openai/chat-completions.endpoint.js';
import { UsageTap } from './usage-tap.js';

const { responseFormat: format } = chatCompletions;

const text = `{"choices":[{"index":0,"delta":{"content":"word"}}]}`;
const finish = `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`;
const emptyFinish = `{"choices":[{"index":0,"delta":{},"finish_reason":""}]}`;
const counts = (prompt: number | null, completion: number | null): string =>
  `"usage":{"prompt_tokens":${String(prompt)},"completion_tokens":${String(completion)}}`;
const alone = (prompt: number | null, completion: number | null): string =>
  `{"choices":[],${counts(prompt, completion)}}`;
const withText = (completion: number): string =>
  `{"choices":[{"index":0,"delta":{"content":"word"}}],${counts(3, completion)}}`;
const withFinish = `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],${counts(3, 5)}}`;

function readingOf(events: readonly string[]): UsageTap['reading'] {
  const tap = new UsageTap(format, true);
  tap.push(Buffer.from(events.map((data) => `data: ${data}\n\n`).join('')));
  tap.finish();
  return tap.reading;
}

describe('the usage of a stream is final when it', () => {
  it.each([
    ['follows the finish', [text, finish, alone(3, 5), '[DONE]']],
    ['follows the finish of a stream that then breaks', [text, finish, alone(3, 5)]],
    ['comes with the finish, as Mistral and Groq send it', [text, withFinish, '[DONE]']],
    ['is the last of continuous counts', [withText(1), withText(2), withFinish, alone(3, 5)]],
    [
      'is the last event before the end of a stream without a finish',
      [text, alone(3, 5), '[DONE]'],
    ],
    [
      'is followed by counts that are null',
      [text, finish, alone(3, 5), alone(null, null), '[DONE]'],
    ],
  ])('%s', (_when, events) => {
    expect(readingOf(events)).toMatchObject({
      isFinal: true,
      usage: { prompt_tokens: 3, completion_tokens: 5 },
      interim: { inputTokens: 3, outputTokens: 5 },
    });
  });
});

describe('the usage of a stream is not final when it', () => {
  it.each([
    ['is a placeholder in the first event', [alone(3, 0), text, finish, '[DONE]'], 0],
    ['is a placeholder of a stream that breaks', [alone(3, 0), text], 0],
    ['is a placeholder of a stream without text', [alone(3, 0), finish, '[DONE]'], 0],
    ['counts so far, and the stream breaks', [withText(1), withText(2)], 2],
    ['counts so far, and an empty finish follows', [withText(1), emptyFinish], 1],
    ['counts so far, and the finish has none', [withText(1), withText(2), finish, '[DONE]'], 2],
  ])('%s', (_when, events, completion) => {
    expect(readingOf(events)).toMatchObject({
      isFinal: false,
      interim: { inputTokens: 3, outputTokens: completion },
    });
  });

  it('has no counts at all', () => {
    expect(readingOf([text, finish, alone(null, null), '[DONE]'])).toMatchObject({
      usage: null,
      isFinal: false,
      interim: null,
    });
  });

  it('falls back to zeros, of which the earlier counts are kept', () => {
    expect(readingOf([text, finish, alone(3, 5), alone(0, 0), '[DONE]'])).toMatchObject({
      usage: { completion_tokens: 0 },
      interim: { inputTokens: 3, outputTokens: 5 },
    });
  });
});
