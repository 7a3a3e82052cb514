import fc from 'fast-check';
import {
  largerUsage,
  unitsOf,
  CACHED_DETAILS,
  INPUT_DETAILS,
  OUTPUT_DETAILS,
  PRICED_UNITS,
} from './usage-units.js';
import type { TokenUsage } from './token-usage.js';
import { readUsage } from './usage.js';

const count = fc.integer({ min: 0, max: 1_000 });
const details = fc.record({
  cached_tokens: count,
  audio_tokens: count,
  image_tokens: count,
  video_tokens: count,
  cached_tokens_details: fc.record({
    audio_tokens: count,
    image_tokens: count,
    video_tokens: count,
  }),
  reasoning_tokens: count,
  cache_write_tokens: count,
});

function totalsOf(usage: TokenUsage): { input: number; output: number } {
  const counts = unitsOf(usage);
  const of = (units: readonly string[]): number =>
    PRICED_UNITS.reduce((sum, unit, at) => sum + (units.includes(unit) ? (counts[at] ?? 0) : 0), 0);
  return {
    input: of(['input', 'cachedInput', ...CACHED_DETAILS, ...INPUT_DETAILS]),
    output: of(['output', ...OUTPUT_DETAILS]),
  };
}

describe('the units of a usage', () => {
  it('add up to its tokens, none negative, for every report of a provider', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('openai', 'anthropic', 'gemini', 'xai', 'deepseek', 'perplexity'),
        fc.record({
          prompt_tokens: count,
          completion_tokens: count,
          total_tokens: fc.option(fc.integer({ min: 0, max: 4_000 })),
          cache_creation_input_tokens: fc.option(count),
          cache_read_input_tokens: fc.option(count),
          prompt_tokens_details: details,
          completion_tokens_details: details,
        }),
        (provider, reported) => {
          const usage = readUsage(reported, provider)?.usage;
          if (usage === undefined) return;
          expect(unitsOf(usage).every((units) => units >= 0)).toBe(true);
          expect(totalsOf(usage)).toEqual({
            input: usage.inputTokens,
            output: usage.outputTokens,
          });
        },
      ),
    );
  });

  it('are those of the larger input and of the larger output of two usages', () => {
    const a = {
      inputTokens: 9,
      cachedInputTokens: 1,
      outputTokens: 2,
      details: { inputAudio: 3, reasoning: 1 },
    };
    const b = {
      inputTokens: 5,
      cachedInputTokens: 4,
      outputTokens: 8,
      details: { inputAudio: 1, reasoning: 6, searchLow: 2 },
    };
    const larger = {
      inputTokens: 9,
      cachedInputTokens: 1,
      outputTokens: 8,
      details: { inputAudio: 3, reasoning: 6, searchLow: 2 },
    };
    expect(largerUsage(a, b)).toEqual(larger);
    expect(largerUsage(b, a)).toEqual(larger);
  });
});
