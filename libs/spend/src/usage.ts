import { usageConventionOf, type ReasoningPlace } from './usage-conventions.js';

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

/** A larger count is a defect of the upstream: no model reads or writes that many tokens in one call. */
export const MAX_TOKENS_PER_CALL = 100_000_000;

/** `remainder` accepts almost any total, so that it says nothing about an unknown provider. */
const GUESSED_PLACES: readonly ReasoningPlace[] = ['within', 'beside'];

type Members = Readonly<Record<string, unknown>>;

/** The counts of a usage object; `null` where it has none. */
interface Counts {
  readonly input: number | null;
  readonly completion: number | null;
  readonly total: number | null;
  readonly reasoning: number;
  readonly cached: number;
  /** Every count is a count, and those that overlap agree. */
  readonly isClean: boolean;
}

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
  const output = outputUnder(usageConventionOf(provider).reasoning, counts);
  return output === null || !counts.isClean
    ? { usage: guessed(counts), isSuspect: true }
    : { usage: usageOf(counts, counts.input ?? 0, output), isSuspect: false };
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
  const output = outputUnder(GUESSED_PLACES, counts) ?? guessedOutput(counts);
  const rest = Math.max(0, (counts.total ?? 0) - output);
  return usageOf(counts, counts.input ?? rest, output);
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

function countsOf(value: unknown): Counts | null {
  if (!isRecord(value)) return null;
  const reader = new CountReader();
  const input = reader.either(value['prompt_tokens'], value['input_tokens']);
  const completion = reader.either(value['completion_tokens'], value['output_tokens']);
  const total = reader.count(value['total_tokens']);
  const sides = { input, completion, total };
  if (reader.isClean && Object.values(sides).every((count) => count === null)) return null;
  const reasoning = reader.same(reasoningMembers(value)) ?? 0;
  const cached = reader.same(cachedMembers(value)) ?? 0;
  const missed = reader.count(value['prompt_cache_miss_tokens']);
  const isClean = reader.isClean && isWhole(sides) && isSplit(input ?? 0, cached, missed);
  return { ...sides, reasoning, cached, isClean };
}

/** An embedding has input alone, and a total to say so. */
function isWhole({
  input,
  completion,
  total,
}: Pick<Counts, 'input' | 'completion' | 'total'>): boolean {
  return input !== null && (completion !== null || total !== null);
}

function isSplit(input: number, cached: number, missed: number | null): boolean {
  return cached <= input && (missed === null || cached + missed === input);
}

function reasoningMembers(usage: Members): unknown[] {
  const details = usage['completion_tokens_details'] ?? usage['output_tokens_details'];
  return [isRecord(details) ? details['reasoning_tokens'] : undefined, usage['reasoning_tokens']];
}

/** OpenAI's member, DeepSeek's, and that of Moonshot and Together. */
function cachedMembers(usage: Members): unknown[] {
  const details = usage['prompt_tokens_details'] ?? usage['input_tokens_details'];
  return [
    isRecord(details) ? details['cached_tokens'] : undefined,
    usage['prompt_cache_hit_tokens'],
    usage['cached_tokens'],
  ];
}

/** Reads counts and remembers whether each was one. */
class CountReader {
  isClean = true;

  /** `null` when there is none, or none that can be used. */
  count(value: unknown): number | null {
    if (value === undefined || value === null) return null;
    const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
    const isCount = typeof number === 'number' && number >= 0 && number <= MAX_TOKENS_PER_CALL;
    this.isClean &&= isCount && Number.isInteger(value);
    return isCount ? Math.ceil(number) : null;
  }

  /** The first of two members that is there. */
  either(first: unknown, second: unknown): number | null {
    return this.count(first ?? second);
  }

  /** One count that several members report; where they differ, the smallest. */
  same(values: readonly unknown[]): number | null {
    const counts = values.map((value) => this.count(value)).filter((count) => count !== null);
    if (counts.length === 0) return null;
    this.isClean &&= new Set(counts).size === 1;
    return Math.min(...counts);
  }
}

function isRecord(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
