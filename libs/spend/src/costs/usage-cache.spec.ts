import { CACHE_CONVENTIONS } from './usage-conventions.js';
import { readUsage, reportedTokens } from './usage.js';

const tokens = (inputTokens: number, cachedInputTokens: number, outputTokens: number) => ({
  inputTokens,
  cachedInputTokens,
  outputTokens,
});

/** Counts by the names of chat completions, with Anthropic's cache members. */
function renamed(prompt: number, total: number | null, read: number, written: number): object {
  return {
    prompt_tokens: prompt,
    completion_tokens: 10,
    ...(total === null ? {} : { total_tokens: total }),
    cache_read_input_tokens: read,
    cache_creation_input_tokens: written,
  };
}

/** A usage object of the Messages API. */
function native(input: number, read: number | null, written: number | null): object {
  return {
    input_tokens: input,
    output_tokens: 10,
    cache_read_input_tokens: read,
    cache_creation_input_tokens: written,
  };
}

const ACCEPTED: readonly (readonly [string, object, ReturnType<typeof tokens>])[] = [
  ['LiteLLM, part of the prompt', renamed(100, 110, 60, 0), tokens(100, 60, 10)],
  ['LiteLLM, written too', renamed(100, 110, 60, 20), tokens(100, 60, 10)],
  [
    'LiteLLM, by both names',
    { ...renamed(100, 110, 60, 20), prompt_tokens_details: { cached_tokens: 60 } },
    tokens(100, 60, 10),
  ],
  ['an adapter that adds them to the total', renamed(100, 190, 60, 20), tokens(180, 60, 10)],
  [
    'an adapter with more cached than other input',
    renamed(7, 1017, 1000, 0),
    tokens(1007, 1000, 10),
  ],
  ['a cache that was only written', renamed(7, 117, 0, 100), tokens(107, 0, 10)],
  ['Anthropic', native(100, 60, 20), tokens(180, 60, 10)],
  ['Anthropic, read alone', native(100, 60, null), tokens(160, 60, 10)],
  ['Anthropic, written alone', native(100, null, 20), tokens(120, 0, 10)],
  ['Anthropic without a cache', native(100, 0, 0), tokens(100, 0, 10)],
  [
    'a total that includes them',
    { ...native(100, 60, 20), total_tokens: 190 },
    tokens(180, 60, 10),
  ],
  [
    'a total that shows them within',
    { ...native(100, 60, 20), total_tokens: 110 },
    tokens(100, 60, 10),
  ],
  ['a prompt without a cache and a total', renamed(100, null, 0, 0), tokens(100, 0, 10)],
];

const SUSPECT: readonly (readonly [string, object, ReturnType<typeof tokens>])[] = [
  ['no total that decides', renamed(100, null, 60, 20), tokens(100, 60, 10)],
  ['no total, more cached than input', renamed(7, null, 1000, 0), tokens(1007, 1000, 10)],
  ['a total of neither', renamed(100, 150, 60, 20), tokens(100, 60, 10)],
  ['more cached than the total counts', renamed(7, 17, 1000, 0), tokens(1007, 1000, 10)],
  [
    'two counts of cached tokens',
    { ...renamed(100, 110, 60, 0), cached_tokens: 50 },
    tokens(100, 50, 10),
  ],
  ['a string', { ...native(100, 60, 0), cache_read_input_tokens: '60' }, tokens(160, 60, 10)],
  [
    'a negative count',
    { ...native(100, 60, 0), cache_creation_input_tokens: -1 },
    tokens(160, 60, 10),
  ],
];

describe('the cache members of Anthropic', () => {
  it.each(ACCEPTED)('are read: %s', (_form, usage, expected) => {
    for (const provider of ['openai', 'anthropic', 'bedrock', 'litellm_proxy']) {
      expect(readUsage(usage, provider)).toMatchObject({ usage: expected, isSuspect: false });
    }
    expect(reportedTokens(usage)).toMatchObject(expected);
  });

  it.each(SUSPECT)('are suspect: %s', (_form, usage, guess) => {
    expect(readUsage(usage, 'openai')).toMatchObject({ usage: guess, isSuspect: true });
  });

  it.each([
    [
      'Anthropic',
      { cache_creation: { ephemeral_5m_input_tokens: 5, ephemeral_1h_input_tokens: 15 } },
    ],
    [
      'LiteLLM',
      {
        prompt_tokens_details: {
          cached_tokens: 60,
          cache_creation_tokens: 20,
          cache_creation_token_details: {
            ephemeral_5m_input_tokens: 5,
            ephemeral_1h_input_tokens: 15,
          },
        },
      },
    ],
  ])('have the lifetime of what was written in the place of %s', (_form, split) => {
    const read = readUsage({ ...renamed(100, 110, 60, 20), ...split }, 'litellm_proxy');
    expect(read).toMatchObject({
      usage: { ...tokens(100, 60, 10), details: { cacheWrite: 5, cacheWriteHour: 15 } },
      isSuspect: false,
    });
  });

  it('have a public source for each form', () => {
    for (const { sources } of Object.values(CACHE_CONVENTIONS)) {
      expect(sources.every((source) => source.startsWith('https://'))).toBe(true);
    }
  });
});

describe('the usage of Bedrock’s Converse', () => {
  const converse = (written: number, cacheDetails?: unknown): object => ({
    ...{ inputTokens: 100, outputTokens: 10, totalTokens: 110 + 60 + written },
    ...{ cacheReadInputTokens: 60, cacheWriteInputTokens: written, cacheDetails },
  });
  const hour = { ttl: '1h', inputTokens: 15 };
  const minutes = { ttl: '5m', inputTokens: 5 };

  it.each([
    ['both lifetimes', converse(20, [hour, minutes]), { cacheWriteHour: 15, cacheWrite: 5 }],
    ['an hour alone', converse(15, [hour]), { cacheWriteHour: 15 }],
    ['five minutes alone', converse(5, [minutes]), { cacheWrite: 5 }],
    ['no list', converse(20), { cacheWrite: 20 }],
    ['an empty list', converse(0, []), undefined],
  ])('has the tokens that were written for an hour apart: %s', (_, usage, details) => {
    const read = readUsage(usage, 'bedrock');
    expect(read).toMatchObject({ isSuspect: false });
    expect(read?.usage.details).toEqual(details);
  });

  it.each([
    ['parts that do not add up', converse(20, [hour])],
    ['a count that is not one', converse(20, [{ ttl: '1h', inputTokens: 'many' }, minutes])],
    ['another lifetime', converse(20, [{ ttl: '2h', inputTokens: 15 }, minutes])],
  ])('is suspect with %s', (_, usage) => {
    expect(readUsage(usage, 'bedrock')).toMatchObject({ isSuspect: true });
  });
});
