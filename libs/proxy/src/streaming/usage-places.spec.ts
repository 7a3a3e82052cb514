import { chatCompletions } from '../endpoints/openai/chat-completions.endpoint.js';
import { readResponse } from './buffered-response.js';
import { USAGE_PLACES, usageIn } from './usage-places.js';
import { UsageTap } from './usage-tap.js';

const { responseFormat: format } = chatCompletions;

const USAGE = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 };
const EMPTY = { prompt_tokens: null, completion_tokens: null };
const finish = { index: 0, delta: {}, finish_reason: 'stop' };
const text = { choices: [{ index: 0, delta: { content: 'word' } }], x_groq: { id: 'req_1' } };

/** The chunk that ends a stream, as providers send it. */
const LAST: readonly (readonly [string, object])[] = [
  ['OpenAI', { choices: [], usage: USAGE }],
  ['Mistral', { choices: [finish], usage: USAGE }],
  ['Groq', { choices: [finish], x_groq: { id: 'req_1', usage: USAGE } }],
  ['Groq, asked for the usage', { choices: [], usage: USAGE, x_groq: { usage: USAGE } }],
  ['Groq beside a null', { choices: [finish], usage: null, x_groq: { usage: USAGE } }],
  ['Groq beside empty counts', { choices: [finish], usage: EMPTY, x_groq: { usage: USAGE } }],
  ['Moonshot', { choices: [{ ...finish, usage: USAGE }] }],
  ['Moonshot without an index', { choices: [{ finish_reason: 'stop', usage: USAGE }] }],
];

const NONE: readonly object[] = [
  { x_groq: { id: 'req_1' } },
  { x_groq: { usage: null } },
  { x_groq: 'usage' },
  { x_groq: { usage: 7 } },
  { choices: [null] },
  { choices: [{ index: 1, usage: USAGE }] },
  { choices: { usage: USAGE } },
  { choices: [{ delta: { usage: USAGE } }] },
  { error: { usage: USAGE } },
];

function streamOf(chunks: readonly object[]): Buffer {
  return Buffer.from(
    `${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`,
  );
}

describe('the usage of a response', () => {
  it.each(LAST)('is found where %s puts it', (_vendor, chunk) => {
    expect(usageIn(chunk)).toEqual(USAGE);
    expect(readResponse(format, Buffer.from(JSON.stringify(chunk)), false).usage).toEqual(USAGE);
  });

  it.each(LAST)('is the final count of a stream of %s', (_vendor, chunk) => {
    const tap = new UsageTap(format, true);
    tap.push(streamOf([text, chunk]));
    tap.finish();
    expect(tap.reading).toMatchObject({ usage: USAGE, isFinal: true });
  });

  it('stays in a chunk that the client needs, and goes with one that it did not ask for', () => {
    const sent = LAST.map(
      ([, chunk]) => new UsageTap(format, true).push(streamOf([chunk])).length > 0,
    );
    const hasChoice = LAST.map(([, chunk]) => !JSON.stringify(chunk).includes('"choices":[]'));
    expect(sent).toEqual(hasChoice);
  });

  it.each(NONE)('is not found in %j', (chunk) => {
    expect(usageIn(chunk)).toBeNull();
  });

  it('has a public source for every place', () => {
    expect(USAGE_PLACES.every(({ source }) => source.startsWith('https://'))).toBe(true);
  });
});
