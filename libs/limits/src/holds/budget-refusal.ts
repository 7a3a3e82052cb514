import { DAY_MS, formatUsd, GatehouseError } from '#libs/common';
import type { WindowState } from './lease-source.js';
import type { MoneyClaim } from './money-claims.js';

const PLACES = /\.?0+$/;

/**
 * Returns the failure of a request that a budget cannot bear.
 * @param claim the window that cannot bear it
 * @param state of that window, as the request found it
 * @param status that the configuration gives to such failures
 */
export function budgetExceeded(
  claim: MoneyClaim,
  state: WindowState,
  status: number,
): GatehouseError {
  const { scope, shownId: id, window, duration, capPico, carriedPico = 0n, atMs } = claim;
  const end = instantOf(window.endMs);
  const untilResetMs = window.endMs - atMs;
  const [limit, spent, held] = [
    capPico + carriedPico,
    state.spentPico + carriedPico,
    state.heldPico,
  ].map(usdOf);
  const subject = id === '' ? `the ${scope}` : `${scope} ${id}`;
  const reset = end === null ? '' : ` It resets at ${end}.`;
  return new GatehouseError('budget_exceeded', {
    status,
    message: `Budget exceeded for ${subject}: of ${String(limit)} US dollars, ${String(spent)} are spent and ${String(held)} are held for calls that run.${reset}`,
    ...(untilResetMs > 0 && untilResetMs <= DAY_MS
      ? { retryAfterSeconds: Math.ceil(untilResetMs / 1_000) }
      : {}),
    headers: { 'x-should-retry': 'false' },
    details: {
      budget: {
        scope,
        id,
        window: { start: instantOf(window.startMs), end, duration },
        limit,
        spent,
        held,
        resets_at: end,
      },
    },
    context: { scope, id, limit, spent, held },
  });
}

/** Without zeros at the end. */
function usdOf(amount: bigint): string {
  return formatUsd(amount).replace(PLACES, '');
}

function instantOf(ms: number): string | null {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : null;
}
