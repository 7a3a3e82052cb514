import fc from 'fast-check';
import { USAGE_CONVENTIONS } from './usage-conventions.js';
import { MAX_TOKENS_PER_CALL } from './count-reader.js';
import { readUsage, reportedTokens } from './usage.js';
import { largerUsage } from './usage-units.js';

const PROVIDERS = [...USAGE_CONVENTIONS.keys(), 'custom_openai'];
const read = (value: unknown, provider = 'openai') => readUsage(value, provider);
const tokens = (inputTokens: number, cachedInputTokens: number, outputTokens: number) => ({
  inputTokens,
  cachedInputTokens,
  outputTokens,
});

/** Prompt, completion, total and reasoning, as OpenAI names them. */
function usageObject(prompt: number, completion: number, total: number, reasoning = 0): object {
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: total,
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}

describe('readUsage', () => {
  it('reads what OpenAI sends, with cached tokens as part of the input', () => {
    expect(
      read({
        ...usageObject(1200, 30, 1230),
        prompt_tokens_details: { cached_tokens: 1024, audio_tokens: 0 },
      }),
    ).toEqual({ usage: tokens(1200, 1024, 30), isSuspect: false });
  });

  it('reads the names of the Responses API', () => {
    expect(
      read({ input_tokens: 5, output_tokens: 6, input_tokens_details: { cached_tokens: 2 } }),
    ).toEqual({ usage: tokens(5, 2, 6), isSuspect: false });
  });

  it.each([
    ['DeepSeek', { prompt_cache_hit_tokens: 64, prompt_cache_miss_tokens: 36 }],
    ['DeepSeek without the rest', { prompt_cache_hit_tokens: 64 }],
    ['Moonshot', { cached_tokens: 64 }],
    ['OpenRouter', { prompt_tokens_details: { cached_tokens: 64 } }],
    [
      'two that agree',
      { prompt_cache_hit_tokens: 64, prompt_tokens_details: { cached_tokens: 64 } },
    ],
  ])('reads cached input as %s reports it', (_who, extra) => {
    expect(read({ ...usageObject(100, 5, 105), ...extra }, 'deepseek')).toEqual({
      usage: tokens(100, 64, 5),
      isSuspect: false,
    });
  });

  it.each([
    ['openai', usageObject(21, 80, 101, 60), 80],
    ['deepseek', usageObject(21, 80, 101, 60), 80],
    ['custom_openai', usageObject(21, 80, 101, 60), 80],
    ['xai', usageObject(32, 9, 135, 94), 103],
    ['xai', usageObject(21, 80, 101, 60), 80],
    ['gemini', usageObject(20, 151, 553), 533],
    ['gemini', usageObject(20, 151, 553, 382), 533],
    ['gemini', usageObject(20, 533, 553, 382), 533],
  ])('counts the reasoning of %s in %j once', (provider, usage, output) => {
    expect(read(usage, provider)).toMatchObject({
      usage: { outputTokens: output },
      isSuspect: false,
    });
  });

  it.each([
    ['openai', usageObject(21, 0, 81, 60), tokens(21, 0, 60)],
    ['groq', usageObject(20, 151, 553), tokens(20, 0, 151)],
    ['gemini', usageObject(20, 151, 100), tokens(20, 0, 151)],
    ['xai', usageObject(32, 9, 100, 94), tokens(32, 0, 94)],
  ])('suspects %s of %j, whose parts do not add up there', (provider, usage, guess) => {
    expect(read(usage, provider)).toMatchObject({ usage: guess, isSuspect: true });
  });

  it('keeps an explicit zero as a zero, without suspicion', () => {
    expect(read({ prompt_tokens: 0, completion_tokens: 0 })).toEqual({
      usage: tokens(0, 0, 0),
      isSuspect: false,
    });
  });

  it('takes an input without output for an embedding, not for a defect', () => {
    expect(read({ prompt_tokens: 8, total_tokens: 8 })).toEqual({
      usage: tokens(8, 0, 0),
      isSuspect: false,
    });
  });

  it.each([
    null,
    undefined,
    'usage',
    7,
    [],
    {},
    { prompt_tokens: null },
    { prompt_tokens: null, completion_tokens: null, total_tokens: null },
    { queue_time: 0.1 },
  ])('finds no usage in %j', (value) => {
    expect(read(value)).toBeNull();
  });

  it.each([
    [{ prompt_tokens: '12', completion_tokens: '7' }, tokens(12, 0, 7)],
    [{ prompt_tokens: 5, completion_tokens: '7', total_tokens: 12 }, tokens(5, 0, 7)],
    [{ prompt_tokens: 5, completion_tokens: 'many' }, tokens(5, 0, 0)],
    [{ prompt_tokens: -5, completion_tokens: 7 }, tokens(0, 0, 7)],
    [{ prompt_tokens: 5.2, completion_tokens: 7 }, tokens(6, 0, 7)],
    [{ prompt_tokens: 1e18, completion_tokens: 7 }, tokens(0, 0, 7)],
    [{ prompt_tokens: Infinity, completion_tokens: NaN }, tokens(0, 0, 0)],
    [{ prompt_tokens: 5 }, tokens(5, 0, 0)],
    [{ completion_tokens: 7 }, tokens(0, 0, 7)],
    [{ completion_tokens: 7, total_tokens: 10 }, tokens(3, 0, 7)],
    [{ prompt_tokens: 3, total_tokens: 10 }, tokens(3, 0, 7)],
    [{ completion_tokens: 7, total_tokens: 2 }, tokens(0, 0, 7)],
    [{ prompt_tokens: 5, completion_tokens: 7, cached_tokens: 9 }, tokens(5, 0, 7)],
    [{ prompt_tokens: 5, completion_tokens: 7, cached_tokens: -1 }, tokens(5, 0, 7)],
    [
      {
        prompt_tokens: 5,
        completion_tokens: 7,
        prompt_cache_hit_tokens: 2,
        prompt_cache_miss_tokens: 1,
      },
      tokens(5, 2, 7),
    ],
    [
      {
        prompt_tokens: 5,
        completion_tokens: 7,
        cached_tokens: 4,
        prompt_tokens_details: { cached_tokens: 1 },
      },
      tokens(5, 1, 7),
    ],
  ])('suspects %j and guesses', (value, guess) => {
    expect(read(value)).toMatchObject({ isSuspect: true });
    expect(read(value)?.usage).toEqual(guess);
  });

  it('answers any value with integers within bounds, for every provider', () => {
    const names = [
      ...['prompt_tokens', 'input_tokens', 'completion_tokens', 'total_tokens', 'cached_tokens'],
      ...['cache_read_input_tokens', 'cache_creation_input_tokens'],
    ];
    const member = fc.oneof(
      fc.anything({ withBigInt: true }),
      fc.nat(100),
      fc.nat(100).map(String),
    );
    const usage = fc.dictionary(fc.constantFrom(...names, 'prompt_tokens_details'), member);
    fc.assert(
      fc.property(usage, fc.constantFrom(...PROVIDERS), (value, provider) => {
        const reading = readUsage(value, provider);
        if (reading === null) return;
        const { inputTokens, cachedInputTokens, outputTokens } = reading.usage;
        for (const count of [inputTokens, cachedInputTokens, outputTokens]) {
          expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
          expect(count).toBeLessThanOrEqual(3 * MAX_TOKENS_PER_CALL);
        }
        expect(cachedInputTokens).toBeLessThanOrEqual(inputTokens);
      }),
    );
  });

  it('accepts a total only where input and output make it up', () => {
    const count = fc.nat(50);
    fc.assert(
      fc.property(
        fc.tuple(count, count, count, fc.nat(200)),
        fc.constantFrom(...PROVIDERS),
        ([prompt, completion, reasoning, total], provider) => {
          const reading = readUsage(usageObject(prompt, completion, total, reasoning), provider);
          if (reading?.isSuspect !== false) return;
          expect(reading.usage.inputTokens + reading.usage.outputTokens).toBe(total);
          const { outputTokens, details } = reading.usage;
          expect(outputTokens + (details?.reasoningApart ?? 0)).toBeGreaterThanOrEqual(
            Math.max(completion, reasoning),
          );
        },
      ),
    );
  });

  it('names a public source for each convention', () => {
    for (const { source } of USAGE_CONVENTIONS.values()) expect(source).toMatch(/^https:\/\//);
  });
});

describe('largerUsage', () => {
  it('takes the larger count of each kind, and cached tokens with their own input', () => {
    expect(largerUsage(tokens(5, 4, 1), tokens(3, 0, 9))).toEqual(tokens(5, 4, 9));
    expect(largerUsage(tokens(5, 4, 1), tokens(8, 0, 0))).toEqual(tokens(8, 0, 1));
  });
});

describe('reportedTokens', () => {
  it('has no reasoning of Perplexity in the output, which would be above its final count', () => {
    const usage = { ...usageObject(20, 15, 35, 500), citation_tokens: 90 };
    expect(reportedTokens(usage)).toMatchObject(tokens(20, 0, 15));
    expect(reportedTokens(usage)?.outputTokens).toBe(
      readUsage(usage, 'perplexity')?.usage.outputTokens,
    );
  });

  it('reads counts under any convention, and nothing where nothing is counted', () => {
    expect(reportedTokens(usageObject(32, 9, 135, 94))).toMatchObject(tokens(32, 0, 103));
    expect(reportedTokens({ prompt_tokens: null })).toBeNull();
  });
});
