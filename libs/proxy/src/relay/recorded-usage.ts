import {
  largerUsage,
  readUsage,
  type ReadUsage,
  type TokenUsage,
  type UsageDetails,
  type UsageSource,
} from '#libs/spend';

/** Token counts that the upstream reported for an attempt, and those of the gateway. */
export interface UsageFacts {
  /** The upstream's final `usage` object; `null` when it sent none. */
  readonly usage: object | null;
  /** The highest counts of any `usage` object of a stream, final or not; `null` when it sent none. */
  readonly interim: TokenUsage | null;
  /**
   * What the gateway counts; `null` when the attempt cannot have cost anything. Called only when the final usage
   * is missing or suspect, because estimating looks into the request's body.
   */
  readonly estimate: (() => TokenUsage) | null;
}

/** The tokens of an attempt's entry. */
export interface RecordedUsage {
  /** `null` when nothing was used. */
  readonly usage: TokenUsage | null;
  readonly usageSource: UsageSource;
  /** The upstream reported a usage that is not final or does not add up. */
  readonly isSuspect: boolean;
}

/**
 * Decides on the tokens that are booked: the upstream's final count, where it can be trusted; else an estimate
 * that is at least what the upstream reported.
 * @param facts what is known when the attempt has ended
 * @param provider LiteLLM's prefix of the deployment
 */
export function recordedUsage(facts: UsageFacts, provider: string): RecordedUsage {
  const { interim } = facts;
  const final = facts.usage === null ? null : readUsage(facts.usage, provider);
  const accepted = acceptedOf(final, interim);
  if (accepted !== null) return { usage: accepted, usageSource: 'provider', isSuspect: false };
  const counts = [final?.usage ?? null, interim, facts.estimate?.() ?? null].filter(
    (usage) => usage !== null,
  );
  const isSuspect = final !== null || interim !== null;
  if (counts.length === 0) return { usage: null, usageSource: 'none', isSuspect };
  return { usage: counts.reduce(largerUsage), usageSource: 'estimate', isSuspect };
}

/**
 * Adds a search that the upstream bills and does not count. A call without output has not searched, and one whose usage has
 * searches counts them itself.
 */
export function withSearch(
  usage: TokenUsage | null,
  search: UsageDetails | null,
): TokenUsage | null {
  if (usage === null || search === null || usage.outputTokens === 0) return usage;
  const { searchLow, searchMedium, searchHigh } = usage.details ?? {};
  const isCounted = [searchLow, searchMedium, searchHigh].some((count) => count !== undefined);
  return isCounted ? usage : { ...usage, details: { ...usage.details, ...search } };
}

/** Counts of a stream never fall: zeros after real counts are a placeholder. */
function acceptedOf(final: ReadUsage | null, interim: TokenUsage | null): TokenUsage | null {
  if (final === null || final.isSuspect) return null;
  const { usage } = final;
  const isBelow =
    interim !== null &&
    (usage.inputTokens < interim.inputTokens || usage.outputTokens < interim.outputTokens);
  return isBelow ? null : usage;
}
