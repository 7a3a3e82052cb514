import { parseUsd, usdNumber, type PicoUsd } from '#libs/common';
import type { CubeRow } from '#libs/spend';

/** Sums in LiteLLM's names. `spend` is the nearest JSON number of an exact sum. */
export interface ActivityMetrics {
  readonly spend: number;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly cache_read_input_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly total_tokens: number;
  readonly successful_requests: number;
  readonly failed_requests: number;
  readonly api_requests: number;
}

/** The sums of a row without its group. */
export type Sums = Omit<CubeRow, 'values' | 'spend'> & { readonly spend: PicoUsd };

const NOTHING: Sums = {
  spend: 0n,
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  requests: 0,
  successfulRequests: 0,
};

/** Adds rows up, exactly. */
export function sumOf(rows: Iterable<CubeRow>): Sums {
  let sum = NOTHING;
  for (const row of rows) {
    sum = {
      spend: sum.spend + parseUsd(row.spend),
      inputTokens: sum.inputTokens + row.inputTokens,
      cachedInputTokens: sum.cachedInputTokens + row.cachedInputTokens,
      cacheWriteTokens: sum.cacheWriteTokens + row.cacheWriteTokens,
      outputTokens: sum.outputTokens + row.outputTokens,
      requests: sum.requests + row.requests,
      successfulRequests: sum.successfulRequests + row.successfulRequests,
    };
  }
  return sum;
}

/** Sums as LiteLLM shows them. */
export function metricsOf(rows: Iterable<CubeRow>): ActivityMetrics {
  const sum = sumOf(rows);
  return {
    spend: usdNumber(sum.spend),
    prompt_tokens: sum.inputTokens,
    completion_tokens: sum.outputTokens,
    cache_read_input_tokens: sum.cachedInputTokens,
    cache_creation_input_tokens: sum.cacheWriteTokens,
    total_tokens: sum.inputTokens + sum.outputTokens,
    successful_requests: sum.successfulRequests,
    failed_requests: sum.requests - sum.successfulRequests,
    api_requests: sum.requests,
  };
}
