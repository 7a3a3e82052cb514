import { DAY_MS, GatehouseError, formatUsd, type PicoUsd } from '#libs/common';
import type { HoldRange } from './hold-queue.js';
import type { MoneyClaim } from './money-claims.js';
import { UNKNOWN_COST_PICO } from './unpriced-models.js';
import { leftOf, type WindowState } from './window-state.js';

const PLACES = /\.?0+$/;

/** A request that a budget cannot bear. */
export interface RefusedClaim {
  /** The window that cannot bear it. */
  readonly claim: MoneyClaim;
  /** Of that window, as the request found it. */
  readonly state: WindowState;
  /** What the request needs held. */
  readonly range: HoldRange;
}

/**
 * Returns the failure of a request that a budget cannot bear.
 * @param status that the configuration gives to such failures
 */
export function budgetExceeded(
  { claim, state, range }: RefusedClaim,
  status: number,
): GatehouseError {
  const { scope, shownId: id, window, duration, carriedPico = 0n, atMs } = claim;
  const end = instantOf(window.endMs);
  const untilResetMs = window.endMs - atMs;
  const amounts = {
    limit: usdOf(claim.capPico + carriedPico),
    spent: usdOf(state.spentPico + carriedPico),
    held: usdOf(state.heldPico),
    set_aside: usdOf(state.setAsidePico),
    required: usdOf(range.leastPico),
  };
  return new GatehouseError('budget_exceeded', {
    status,
    message: messageOf({ claim, state, range }, amounts),
    ...(untilResetMs > 0 && untilResetMs <= DAY_MS
      ? { retryAfterSeconds: Math.ceil(untilResetMs / 1_000) }
      : {}),
    headers: { 'x-should-retry': 'false' },
    details: {
      budget: {
        scope,
        id,
        window: { start: instantOf(window.startMs), end, duration },
        ...amounts,
        resets_at: end,
      },
    },
    isByLimit: true,
    context: { scope, id, ...amounts },
  });
}

function messageOf(
  { claim, state, range }: RefusedClaim,
  amounts: Record<'limit' | 'spent' | 'held' | 'set_aside' | 'required', string>,
): string {
  const { scope, shownId: id, capPico, window } = claim;
  const leftPico = leftOf(capPico, state);
  const used = [
    `${amounts.spent} are spent`,
    `${amounts.held} are held for calls that run`,
    ...(state.setAsidePico > 0n ? [`${amounts.set_aside} are set aside by other replicas`] : []),
  ];
  const call = range.leastPico < range.mostPico ? 'needs at least' : 'may cost';
  const need =
    range.leastPico === UNKNOWN_COST_PICO
      ? 'what the call may cost is not known'
      : `the call ${call} ${amounts.required}`;
  const end = instantOf(window.endMs);
  return [
    `Budget exceeded for ${id === '' ? `the ${scope}` : `${scope} ${id}`}:`,
    `of ${amounts.limit} US dollars, ${used.slice(0, -1).join(', ')} and ${String(used.at(-1))}.`,
    `${usdOf(leftPico > 0n ? leftPico : 0n)} are left, and ${need}.`,
    ...(end === null ? [] : [`The budget resets at ${end}.`]),
  ].join(' ');
}

/** Without zeros at the end. */
function usdOf(amount: PicoUsd): string {
  return formatUsd(amount).replace(PLACES, '');
}

function instantOf(ms: number): string | null {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : null;
}
