import type { RateClaim } from './rate-claims.js';
import type { RateRefusal, RateState } from './rate-counters.js';
import type { RateGrant } from './rate-ledger.js';

/** What was last heard of a counter. */
export interface KnownCounter {
  readonly grant: RateGrant;
  readonly atMs: number;
}

/**
 * Returns the state of a shared counter.
 * @param known the last that was heard of it; `null` for nothing
 * @param left what this process may use without asking
 */
export function stateOf(
  claim: RateClaim,
  known: KnownCounter | null,
  left: number,
  nowMs: number,
): RateState {
  if (known === null) return { claim, remaining: Math.min(left, claim.limit), resetMs: 0 };
  const { grant, atMs } = known;
  const remaining = Math.max(0, Math.min(claim.limit, claim.limit - grant.used + left));
  const resetMs = Math.max(0, (grant.leaving.at(-1)?.[0] ?? 0) - (nowMs - atMs));
  return { claim, remaining, resetMs };
}

/** Returns the refusal of a claim that does not fit, as {@link stateOf} describes its counter. */
export function refusalOf(state: RateState, known: KnownCounter | null): RateRefusal {
  const { claim, remaining } = state;
  if (claim.type === 'max_parallel_requests' || claim.amount > claim.limit)
    return { ...state, waitMs: null };
  let missing = claim.amount - remaining;
  for (const [afterMs, amount] of known?.grant.leaving ?? []) {
    missing -= amount;
    if (missing <= 0) return { ...state, waitMs: Math.max(0, afterMs) };
  }
  return { ...state, waitMs: state.resetMs };
}

/** Returns the refusal that lasts longest; `null` when there is none. One that never ends is longest of all. */
export function longestOf(refusals: readonly RateRefusal[]): RateRefusal | null {
  let longest: RateRefusal | null = null;
  for (const refusal of refusals)
    if (longest === null || lengthOf(refusal) > lengthOf(longest)) longest = refusal;
  return longest;
}

/** A request that never fits is longest; a parallel one may fit at once. */
function lengthOf({ waitMs, claim }: RateRefusal): number {
  return waitMs ?? (claim.type === 'max_parallel_requests' && claim.limit > 0 ? 0 : Infinity);
}
