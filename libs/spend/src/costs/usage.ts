import { countsOf, type Counts } from './usage-counts.js';
import type { DetailUnit, TokenUsage, UsageDetails } from './token-usage.js';
import { usageConventionOf, type CachePlace, type ReasoningPlace } from './usage-conventions.js';

/** The tokens that a usage object reports, and whether they can be trusted. */
export interface ReadUsage {
  readonly usage: TokenUsage;
  /** True when the parts are not counts, or do not add up: the tokens are then the best guess. */
  readonly isSuspect: boolean;
}

/** `remainder` accepts almost any total, so that it says nothing about an unknown provider. */
const GUESSED_PLACES: readonly ReasoningPlace[] = ['within', 'beside', 'apart'];

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

function usageOf(
  counts: Counts,
  inputTokens: number,
  outputTokens: number,
  reasoning = counts.reasoning,
): TokenUsage {
  // More cached tokens than input tokens are not a discount.
  const cachedInputTokens = counts.cached <= inputTokens ? counts.cached : 0;
  const totals = { inputTokens, cachedInputTokens, outputTokens };
  const hasParts =
    reasoning > 0 || counts.others !== null || PART_COUNTS.some((name) => counts[name] > 0);
  return hasParts ? { ...totals, ...detailed(disjointDetails(counts, totals, reasoning)) } : totals;
}

/** Counts of tokens whose presence makes a usage have details. */
const PART_COUNTS = [
  'written',
  'inputAudio',
  'inputImage',
  'inputVideo',
  'cachedAudio',
  'cachedImage',
  'outputAudio',
  'outputImage',
  'outputVideo',
] as const;

function detailed(details: UsageDetails): Pick<TokenUsage, 'details'> {
  return Object.keys(details).length === 0 ? {} : { details };
}

/**
 * Splits the tokens so that each has one kind. Cached tokens may be audio or images as well, which few providers tell: what does
 * not fit beside the cached and written ones is taken to be among them.
 */
function disjointDetails(
  counts: Counts,
  { inputTokens, cachedInputTokens, outputTokens }: TokenUsage,
  reasoning: number,
): UsageDetails {
  const details: Partial<Record<DetailUnit, number>> = { ...counts.others };
  const shares = (left: number, parts: readonly (readonly [DetailUnit, number])[]): void => {
    let rest = left;
    for (const [unit, count] of parts) {
      const share = Math.min(count, rest);
      if (share > 0) details[unit] = share;
      rest -= share;
    }
  };
  shares(inputTokens - cachedInputTokens, [
    ['cacheWriteHour', counts.writtenHour],
    ['cacheWrite', counts.written - counts.writtenHour],
    ['inputAudio', counts.inputAudio],
    ['inputImage', counts.inputImage],
    ['inputVideo', counts.inputVideo],
  ]);
  shares(cachedInputTokens, [
    ['cachedAudio', counts.cachedAudio + counts.inputAudio - (details.inputAudio ?? 0)],
    ['cachedImage', counts.cachedImage + counts.inputImage - (details.inputImage ?? 0)],
  ]);
  shares(outputTokens, [
    ['outputAudio', counts.outputAudio],
    ['outputImage', counts.outputImage],
    ['outputVideo', counts.outputVideo],
    ['reasoning', reasoning],
  ]);
  return details;
}

/** The tokens under the first conventions that fit together; `null` when none do. */
function usageUnder(places: readonly ReasoningPlace[], counts: Counts): TokenUsage | null {
  const cache = cachePlaces(counts);
  for (const place of places) {
    for (const cachePlace of cache) {
      const reading = withCache(cachePlace, counts);
      const output = OUTPUT_OF[place](reading);
      if (output === null || !isSplitOutput(reading, output)) continue;
      const counted = place === 'apart' ? withReasoningApart(reading) : reading;
      return usageOf(counted, counted.input ?? 0, output, reasoningUnder(place, counted, output));
    }
  }
  return null;
}

function withReasoningApart(counts: Counts): Counts {
  const { reasoning, others } = counts;
  return reasoning === 0 ? counts : { ...counts, others: { ...others, reasoningApart: reasoning } };
}

/** What an answer has beside the visible completion is reasoning, named or not. */
function reasoningUnder(place: ReasoningPlace, counts: Counts, output: number): number {
  return place === 'within' ? counts.reasoning : output - (counts.completion ?? 0);
}

/** Audio, images and videos of the output are part of it. */
function isSplitOutput({ outputAudio, outputImage, outputVideo }: Counts, output: number): boolean {
  return outputAudio + outputImage + outputVideo <= output;
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

function isSplit(counts: Counts): boolean {
  const { cached, written, missed, inputAudio, inputImage, inputVideo } = counts;
  const whole = counts.input ?? 0;
  return (
    cached + written <= whole &&
    inputAudio + inputImage + inputVideo <= whole &&
    (missed === null || cached + missed === whole)
  );
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
  apart: (counts) => {
    const output = counts.completion ?? 0;
    return counts.total !== null && addsUp(counts, output) ? output : null;
  },
  remainder: ({ input, completion, total, reasoning }) => {
    const output = (total ?? 0) - (input ?? 0);
    return total !== null && output >= (completion ?? 0) + reasoning ? output : null;
  },
};

function addsUp({ input, total }: Counts, output: number): boolean {
  return total === null || (input ?? 0) + output === total;
}
