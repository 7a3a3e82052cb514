import { countsOf, type Counts } from './usage-counts.js';
import { usageConventionOf, type CachePlace, type ReasoningPlace } from './usage-conventions.js';

/** Tokens of one call. Integers ≥ 0; cached input tokens are part of the input tokens. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
}

/** The tokens that a usage object reports, and whether they can be trusted. */
export interface ReadUsage {
  readonly usage: TokenUsage;
  /** True when the parts are not counts, or do not add up: the tokens are then the best guess. */
  readonly isSuspect: boolean;
}

/** `remainder` accepts almost any total, so that it says nothing about an unknown provider. */
const GUESSED_PLACES: readonly ReasoningPlace[] = ['within', 'beside'];

/**
 * Reads the `usage` object of an OpenAI-shaped response under the provider's convention
 * (`usage-conventions.ts`). The names of the Responses API are read too.
 *
 * The tokens are trusted only when each count is an integer within bounds and the parts add up to
 * `total_tokens`, where there is one. An explicit zero is a zero. A count as a string, a fraction or a
 * negative, absurd or missing count makes the whole suspect.
 * @param value the parsed member, of any type
 * @param provider LiteLLM's prefix of the deployment
 * @returns `null` when it is not a usage object or all its counts are null
 */
export function readUsage(value: unknown, provider: string): ReadUsage | null {
  const counts = countsOf(value);
  if (counts === null) return null;
  const usage = usageUnder(usageConventionOf(provider).reasoning, counts);
  return usage === null || !counts.isClean
    ? { usage: guessed(counts), isSuspect: true }
    : { usage, isSuspect: false };
}

/**
 * The tokens that a usage object reports under any convention, for a comparison with other counts.
 * @param value the parsed member, of any type
 * @returns `null` when it is not a usage object or all its counts are null
 */
export function reportedTokens(value: unknown): TokenUsage | null {
  const counts = countsOf(value);
  return counts === null ? null : guessed(counts);
}

/**
 * For each kind of token the larger of two counts. Cached tokens count only where their own input count does.
 * @param a tokens of a call
 * @param b tokens of the same call, counted in another way
 */
export function largerUsage(a: TokenUsage, b: TokenUsage): TokenUsage {
  const input = a.inputTokens >= b.inputTokens ? a : b;
  return { ...input, outputTokens: Math.max(a.outputTokens, b.outputTokens) };
}

function guessed(counts: Counts): TokenUsage {
  const usage = usageUnder(GUESSED_PLACES, counts);
  if (usage !== null) return usage;
  const placed = withCache(guessedCachePlace(counts), counts);
  const output = outputUnder(GUESSED_PLACES, placed) ?? guessedOutput(placed);
  const rest = Math.max(0, (placed.total ?? 0) - output);
  return usageOf(placed, placed.input ?? rest, output);
}

/** More cached tokens than input tokens cannot be part of them. */
function guessedCachePlace(counts: Counts): CachePlace {
  if (counts.cache === null || counts.input === null) return 'within';
  if (counts.total === null && counts.cache.withoutTotal !== null) return counts.cache.withoutTotal;
  return isSplit(counts) ? 'within' : 'beside';
}

function guessedOutput({ input, completion, total, reasoning }: Counts): number {
  const rest = input === null ? 0 : Math.max(0, (total ?? 0) - input);
  return Math.max(completion ?? rest, reasoning);
}

function usageOf(counts: Counts, inputTokens: number, outputTokens: number): TokenUsage {
  // More cached tokens than input tokens are not a discount.
  const cachedInputTokens = counts.cached <= inputTokens ? counts.cached : 0;
  return { inputTokens, cachedInputTokens, outputTokens };
}

/** The tokens under the first conventions that fit together; `null` when none do. */
function usageUnder(places: readonly ReasoningPlace[], counts: Counts): TokenUsage | null {
  const cache = cachePlaces(counts);
  for (const place of places) {
    for (const cachePlace of cache) {
      const reading = withCache(cachePlace, counts);
      const output = OUTPUT_OF[place](reading);
      if (output !== null) return usageOf(reading, reading.input ?? 0, output);
    }
  }
  return null;
}

const WITHIN: readonly CachePlace[] = ['within'];

function cachePlaces(counts: Counts): readonly CachePlace[] {
  const { cache, total } = counts;
  const within = isSplit(counts) ? WITHIN : [];
  if (cache === null) return within;
  const places = total === null ? [cache.withoutTotal] : cache.places;
  return [...within, 'beside' as const].filter((place) => places.includes(place));
}

/** The counts with cached tokens as part of the input. */
function withCache(place: CachePlace, counts: Counts): Counts {
  const { input, cached, written } = counts;
  return place === 'within' || input === null
    ? counts
    : { ...counts, input: input + cached + written };
}

function isSplit({ input, cached, written, missed }: Counts): boolean {
  const whole = input ?? 0;
  return cached + written <= whole && (missed === null || cached + missed === whole);
}

/** Output tokens under the first convention that fits; `null` when none does. */
function outputUnder(places: readonly ReasoningPlace[], counts: Counts): number | null {
  for (const place of places) {
    const output = OUTPUT_OF[place](counts);
    if (output !== null) return output;
  }
  return null;
}

const OUTPUT_OF: Readonly<Record<ReasoningPlace, (counts: Counts) => number | null>> = {
  within: (counts) => {
    const output = counts.completion ?? 0;
    return counts.reasoning <= output && addsUp(counts, output) ? output : null;
  },
  beside: (counts) => {
    const output = (counts.completion ?? 0) + counts.reasoning;
    return addsUp(counts, output) ? output : null;
  },
  remainder: ({ input, completion, total, reasoning }) => {
    const output = (total ?? 0) - (input ?? 0);
    return total !== null && output >= (completion ?? 0) + reasoning ? output : null;
  },
};

function addsUp({ input, total }: Counts, output: number): boolean {
  return total === null || (input ?? 0) + output === total;
}
