import { isJsonObject } from '#libs/common';
import { CountReader } from './count-reader.js';
import { CACHE_CONVENTIONS, type CacheConvention } from './usage-conventions.js';
import { inputDetailsIn, outputDetailsIn, partsOf, type PartCounts } from './usage-details.js';
import { inKnownShape } from './usage-shapes.js';

type Members = Readonly<Record<string, unknown>>;

/** The counts of a usage object; `null` where it has none. */
export interface Counts extends PartCounts {
  readonly input: number | null;
  readonly completion: number | null;
  readonly total: number | null;
  readonly reasoning: number;
  /** Tokens that were read from a cache. */
  readonly cached: number;
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
  const usage = inKnownShape(value);
  const reader = new CountReader();
  const input = reader.either(usage['prompt_tokens'], usage['input_tokens']);
  const completion = reader.either(usage['completion_tokens'], usage['output_tokens']);
  const total = reader.count(usage['total_tokens']);
  const hasOutput = completion !== null || total !== null;
  const parts = partsOf(usage, reader);
  const hasTokens = input !== null || hasOutput;
  if (reader.isClean && !hasTokens && parts.others === null) return null;
  const reasoning = reader.same(reasoningMembers(usage));
  const cached = reader.same(cachedMembers(usage));
  const missed = reader.count(usage['prompt_cache_miss_tokens']);
  const cache = cacheConventionOf(usage);
  // An embedding has input alone, and a total to say so; a rerank or a transcription may have no tokens at all.
  const isWhole = hasTokens ? input !== null && hasOutput : parts.others !== null;
  const isClean = reader.isClean && isWhole;
  return { ...parts, input, completion, total, reasoning, cached, missed, cache, isClean };
}

function cacheConventionOf(usage: Members): CacheConvention | null {
  if (isNone(usage['cache_read_input_tokens']) && isNone(usage['cache_creation_input_tokens']))
    return null;
  const name = (usage['prompt_tokens'] ?? null) === null ? 'input_tokens' : 'prompt_tokens';
  return CACHE_CONVENTIONS[name];
}

function isNone(count: unknown): boolean {
  return count === undefined || count === null || count === 0;
}

function reasoningMembers(usage: Members): unknown[] {
  return [outputDetailsIn(usage)['reasoning_tokens'], usage['reasoning_tokens']];
}

/** OpenAI's member, DeepSeek's, that of Moonshot and Together, and Anthropic's. */
function cachedMembers(usage: Members): unknown[] {
  return [
    inputDetailsIn(usage)['cached_tokens'],
    usage['prompt_cache_hit_tokens'],
    usage['cached_tokens'],
    usage['cache_read_input_tokens'],
  ];
}
