import { isJsonObject } from '#libs/common';
import { CACHE_CONVENTIONS, type CacheConvention } from './usage-conventions.js';

/** A larger count is a defect of the upstream: no model reads or writes that many tokens in one call. */
export const MAX_TOKENS_PER_CALL = 100_000_000;

type Members = Readonly<Record<string, unknown>>;

/** The counts of a usage object; `null` where it has none. */
export interface Counts {
  readonly input: number | null;
  readonly completion: number | null;
  readonly total: number | null;
  readonly reasoning: number;
  /** Tokens that were read from a cache. */
  readonly cached: number;
  /** Tokens that were written to a cache, by Anthropic's name. */
  readonly written: number;
  /** Input tokens that DeepSeek did not find in its cache. */
  readonly missed: number | null;
  /** How cached and written tokens are counted; `null` for part of the input. */
  readonly cache: CacheConvention | null;
  /** Every count is a count, and those that overlap agree. */
  readonly isClean: boolean;
}

/**
 * Reads the counts of a usage object by the names of all providers.
 * @param value the parsed member, of any type
 * @returns `null` when it is not a usage object or all its counts are null
 */
export function countsOf(value: unknown): Counts | null {
  if (!isJsonObject(value)) return null;
  const reader = new CountReader();
  const input = reader.either(value['prompt_tokens'], value['input_tokens']);
  const completion = reader.either(value['completion_tokens'], value['output_tokens']);
  const total = reader.count(value['total_tokens']);
  const hasOutput = completion !== null || total !== null;
  if (reader.isClean && input === null && !hasOutput) return null;
  const reasoning = reader.same(reasoningMembers(value));
  const cached = reader.same(cachedMembers(value));
  const written = reader.count(value['cache_creation_input_tokens']) ?? 0;
  const missed = reader.count(value['prompt_cache_miss_tokens']);
  const cache = cacheConventionOf(value, written);
  // An embedding has input alone, and a total to say so.
  const isClean = reader.isClean && input !== null && hasOutput;
  return { input, completion, total, reasoning, cached, written, missed, cache, isClean };
}

function cacheConventionOf(usage: Members, written: number): CacheConvention | null {
  const read = usage['cache_read_input_tokens'];
  if (written === 0 && (read === undefined || read === null || read === 0)) return null;
  const name = (usage['prompt_tokens'] ?? null) === null ? 'input_tokens' : 'prompt_tokens';
  return CACHE_CONVENTIONS[name];
}

function reasoningMembers(usage: Members): unknown[] {
  const details = usage['completion_tokens_details'] ?? usage['output_tokens_details'];
  return [
    isJsonObject(details) ? details['reasoning_tokens'] : undefined,
    usage['reasoning_tokens'],
  ];
}

/** OpenAI's member, DeepSeek's, that of Moonshot and Together, and Anthropic's. */
function cachedMembers(usage: Members): unknown[] {
  const details = usage['prompt_tokens_details'] ?? usage['input_tokens_details'];
  return [
    isJsonObject(details) ? details['cached_tokens'] : undefined,
    usage['prompt_cache_hit_tokens'],
    usage['cached_tokens'],
    usage['cache_read_input_tokens'],
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

  /** One count that several members report; where they differ, the smallest; 0 when none does. */
  same(values: readonly unknown[]): number {
    let smallest: number | null = null;
    for (const value of values) {
      const count = value === undefined ? null : this.count(value);
      if (count === null) continue;
      this.isClean &&= smallest === null || smallest === count;
      if (smallest === null || count < smallest) smallest = count;
    }
    return smallest ?? 0;
  }
}
