import fc from 'fast-check';
import { MAX_TOKENS_PER_CALL, readUsage } from './usage.js';

describe('readUsage', () => {
  it('reads what OpenAI sends, with cached tokens as part of the input', () => {
    expect(
      readUsage({
        prompt_tokens: 1200,
        completion_tokens: 30,
        total_tokens: 1230,
        prompt_tokens_details: { cached_tokens: 1024, audio_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 0 },
      }),
    ).toEqual({
      usage: { inputTokens: 1200, cachedInputTokens: 1024, outputTokens: 30 },
      isSuspect: false,
    });
  });

  it('reads the names of the Responses API', () => {
    expect(
      readUsage({ input_tokens: 5, output_tokens: 6, input_tokens_details: { cached_tokens: 2 } }),
    ).toEqual({
      usage: { inputTokens: 5, cachedInputTokens: 2, outputTokens: 6 },
      isSuspect: false,
    });
  });

  it('keeps an explicit zero as a zero, without suspicion', () => {
    expect(readUsage({ prompt_tokens: 0, completion_tokens: 0 })).toEqual({
      usage: { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 },
      isSuspect: false,
    });
  });

  it('takes an input without output for an embedding, not for a defect', () => {
    expect(readUsage({ prompt_tokens: 8, total_tokens: 8 })).toEqual({
      usage: { inputTokens: 8, cachedInputTokens: 0, outputTokens: 0 },
      isSuspect: false,
    });
  });

  it.each([null, undefined, 'usage', 7, [], {}, { prompt_tokens: null }, { queue_time: 0.1 }])(
    'finds no usage in %j',
    (value) => {
      expect(readUsage(value)).toBeNull();
    },
  );

  it.each([
    [{ prompt_tokens: -5, completion_tokens: 7 }, 0, 0, 7],
    [{ prompt_tokens: 5, completion_tokens: '7' }, 5, 0, 0],
    [{ prompt_tokens: 5.2, completion_tokens: 7 }, 6, 0, 7],
    [{ prompt_tokens: 1e18, completion_tokens: 7 }, MAX_TOKENS_PER_CALL, 0, 7],
    [{ prompt_tokens: Infinity, completion_tokens: NaN }, MAX_TOKENS_PER_CALL, 0, 0],
    [{ completion_tokens: 7 }, 0, 0, 7],
    [{ completion_tokens: 7, total_tokens: 10 }, 3, 0, 7],
    [{ total_tokens: 10 }, 10, 0, 0],
    [{ completion_tokens: 7, total_tokens: 2 }, 0, 0, 7],
    [
      { prompt_tokens: 5, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 9 } },
      5,
      5,
      7,
    ],
    [
      { prompt_tokens: 5, completion_tokens: 7, prompt_tokens_details: { cached_tokens: -1 } },
      5,
      0,
      7,
    ],
  ])('corrects and marks %j', (value, inputTokens, cachedInputTokens, outputTokens) => {
    expect(readUsage(value)).toEqual({
      usage: { inputTokens, cachedInputTokens, outputTokens },
      isSuspect: true,
    });
  });

  it('answers whatever an upstream sends with whole numbers within bounds', () => {
    const value = fc.anything({ withBigInt: true });
    const names = ['prompt_tokens', 'completion_tokens', 'total_tokens', 'prompt_tokens_details'];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), value), (usageObject) => {
        const read = readUsage(usageObject);
        if (read === null) return;
        const { inputTokens, cachedInputTokens, outputTokens } = read.usage;
        for (const count of [inputTokens, cachedInputTokens, outputTokens]) {
          expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
          expect(count).toBeLessThanOrEqual(MAX_TOKENS_PER_CALL);
        }
        expect(cachedInputTokens).toBeLessThanOrEqual(inputTokens);
      }),
    );
  });
});
