import type { PricedUnit } from '#libs/config';
import type { DetailUnit, TokenUsage, UsageDetails } from './token-usage.js';

/** The units of every call, in the order of {@link unitsOf}. */
const PLAIN_UNITS = ['input', 'cachedInput', 'output', 'request'] as const;

/** Tokens of the input that have a price of their own. */
export const INPUT_DETAILS = [
  'cacheWrite',
  'cacheWriteHour',
  'inputAudio',
  'inputImage',
  'inputVideo',
] as const;

/** Cached tokens that have a price of their own. */
export const CACHED_DETAILS = ['cachedAudio', 'cachedImage'] as const;

/** Tokens of the output that have a price of their own. */
export const OUTPUT_DETAILS = ['reasoning', 'outputAudio', 'outputImage', 'outputVideo'] as const;

/** Counts of other things than tokens of the input and the output. */
const OTHER_DETAILS = [
  'citation',
  'reasoningApart',
  'searchLow',
  'searchMedium',
  'searchHigh',
  'inputPicture',
  'outputPicture',
  'inputPixel',
  'outputPixel',
  'inputSecond',
  'outputSecond',
  'inputCharacter',
  'outputCharacter',
  'query',
  'page',
] as const;

/** Every unit of the input. */
export const INPUT_UNITS: readonly PricedUnit[] = [
  ...(['input', 'cachedInput'] as const),
  ...CACHED_DETAILS,
  ...INPUT_DETAILS,
];

/** Every unit of the output. */
export const OUTPUT_UNITS: readonly PricedUnit[] = ['output', ...OUTPUT_DETAILS];

/** Every unit of what the cache of a provider had. */
export const CACHED_UNITS: readonly PricedUnit[] = ['cachedInput', ...CACHED_DETAILS];

/** Units that most calls do not have. */
const DETAIL_UNITS: readonly DetailUnit[] = [
  ...INPUT_DETAILS,
  ...CACHED_DETAILS,
  ...OUTPUT_DETAILS,
  ...OTHER_DETAILS,
];

/** Every unit, in the order of {@link unitsOf}. */
export const PRICED_UNITS: readonly PricedUnit[] = [...PLAIN_UNITS, ...DETAIL_UNITS];

const NO_DETAILS: UsageDetails = {};

/**
 * Splits a usage into disjoint counts, which add up to its tokens.
 * @returns a count for each of the first {@link PRICED_UNITS}; those behind the last count are zero
 */
export function unitsOf(usage: TokenUsage): number[] {
  const { inputTokens, outputTokens, details } = usage;
  const cached = Math.min(usage.cachedInputTokens, inputTokens);
  if (details === undefined) return [inputTokens - cached, cached, outputTokens, 1];
  const ofInput = sumOf(details, INPUT_DETAILS);
  const ofOutput = sumOf(details, OUTPUT_DETAILS);
  return [
    Math.max(0, inputTokens - cached - ofInput),
    Math.max(0, cached - sumOf(details, CACHED_DETAILS)),
    Math.max(0, outputTokens - ofOutput),
    1,
    ...DETAIL_UNITS.map((unit) => details[unit] ?? 0),
  ];
}

/**
 * The larger of two counts of one call, for the input and for the output.
 * @param a tokens of a call
 * @param b tokens of the same call, counted in another way
 */
export function largerUsage(a: TokenUsage, b: TokenUsage): TokenUsage {
  const input = a.inputTokens >= b.inputTokens ? a : b;
  const output = a.outputTokens >= b.outputTokens ? a : b;
  const { inputTokens, cachedInputTokens } = input;
  const plain = { inputTokens, cachedInputTokens, outputTokens: output.outputTokens };
  if (a.details === undefined && b.details === undefined) return plain;
  const details = largerDetails(a, b, {
    ...countsOf(input, INPUT_DETAILS),
    ...countsOf(input, CACHED_DETAILS),
    ...countsOf(output, OUTPUT_DETAILS),
  });
  return { ...plain, details };
}

/** Returns counts of tokens with the larger counts of other things. */
function largerDetails(a: TokenUsage, b: TokenUsage, tokens: UsageDetails): UsageDetails {
  const counts: Partial<Record<DetailUnit, number>> = { ...tokens };
  for (const unit of OTHER_DETAILS) {
    const count = Math.max(a.details?.[unit] ?? 0, b.details?.[unit] ?? 0);
    if (count > 0) counts[unit] = count;
  }
  return counts;
}

function countsOf(
  { details = NO_DETAILS }: TokenUsage,
  units: readonly DetailUnit[],
): UsageDetails {
  return Object.fromEntries(
    units.flatMap((unit) => (details[unit] === undefined ? [] : [[unit, details[unit]]])),
  );
}

function sumOf(details: UsageDetails, units: readonly DetailUnit[]): number {
  return units.reduce((sum, unit) => sum + (details[unit] ?? 0), 0);
}
