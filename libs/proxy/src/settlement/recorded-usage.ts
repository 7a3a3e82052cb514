import {
  billsTokens,
  largerUsage,
  readUsage,
  type BillingWay,
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

/** What a call is billed for by number, as the gateway counts it. */
export interface UnitFacts {
  /** `null` for nothing. */
  readonly units: UsageDetails | null;
  readonly succeeded: boolean;
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
 * Returns the usage of a call that is billed by number: the upstream's count of its units, else that of the gateway, which is exact
 * for a call that was served. Tokens that the upstream did not count are left out.
 * @param way how the call is billed; `null` when the prices are not known
 */
export function byUnits(
  read: RecordedUsage,
  { units, succeeded }: UnitFacts,
  way: BillingWay | null,
): RecordedUsage {
  const { usage, usageSource } = read;
  if (usage === null || billsTokens(way)) return read;
  if (units === null && !isByRequest(way)) return read;
  const isReported = usageSource === 'provider';
  const tokens = isReported ? usage : NO_TOKENS;
  const own = Object.entries(units ?? {}).filter(([unit]) => way?.some((one) => one === unit));
  const details: UsageDetails = { ...Object.fromEntries(own), ...tokens.details };
  return {
    ...read,
    usage: Object.keys(details).length === 0 ? tokens : { ...tokens, details },
    usageSource: isReported || succeeded ? 'provider' : 'estimate',
  };
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

/** Each call is one request, which needs no count. */
function isByRequest(way: BillingWay | null): boolean {
  return way?.length === 1 && way[0] === 'request';
}

const NO_TOKENS: TokenUsage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };

/** Counts of a stream never fall: zeros after real counts are a placeholder. */
function acceptedOf(final: ReadUsage | null, interim: TokenUsage | null): TokenUsage | null {
  if (final === null || final.isSuspect) return null;
  const { usage } = final;
  const isBelow =
    interim !== null &&
    (usage.inputTokens < interim.inputTokens || usage.outputTokens < interim.outputTokens);
  return isBelow ? null : usage;
}
