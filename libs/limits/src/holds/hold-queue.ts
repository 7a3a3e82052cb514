import type { PicoUsd } from '#libs/common';
import type { LeaseAsk } from './lease-source.js';
import type { MoneyClaim } from './money-claims.js';
import { restOf, type WindowAccount } from './window-accounts.js';
import type { WindowState } from './window-state.js';

/** The amount that a request needs held. */
export interface HoldRange {
  /** The request is refused rather than held with less. */
  readonly leastPico: PicoUsd;
  /** The bound, or the default where the request has none. */
  readonly mostPico: PicoUsd;
  /**
   * Whether another limit may still refuse the request. Until that is decided no request is refused for what is held for it;
   * absent for false.
   */
  readonly isTentative?: boolean;
}

/** A request that waits for a lease. */
export interface HoldWaiter extends HoldRange {
  readonly claims: readonly MoneyClaim[];
  readonly accounts: readonly WindowAccount[];
  /** Since when it waits for what other processes give back of a window, by the place of its claim. */
  readonly waits: Map<number, number>;
  /** When other processes were last asked to give something back for it. */
  demandedMs: number;
  /** Until when it waits for decisions about tentative holds; `null` before the first one. */
  undecidedUntilMs: number | null;
  readonly served: (heldPico: PicoUsd) => void;
  readonly refused: (claim: MoneyClaim, state: WindowState) => void;
  readonly failed: (error: unknown) => void;
}

/** Requests that wait for the same windows. */
export interface WaitingGroup {
  readonly accounts: readonly WindowAccount[];
  readonly waiters: readonly HoldWaiter[];
}

/** Returns the waiting requests by their windows, the first first. */
export function groupsOf(waiters: Iterable<HoldWaiter>): WaitingGroup[] {
  const groups = new Map<string, { accounts: readonly WindowAccount[]; waiters: HoldWaiter[] }>();
  for (const waiter of waiters) {
    const key = waiter.accounts.map((account) => account.key).join('\0\0');
    const group = groups.get(key) ?? { accounts: waiter.accounts, waiters: [] };
    group.waiters.push(waiter);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/**
 * Returns what a group asks for: enough for its most modest request, preferably for all that a cap could bear. What the
 * process has already counts.
 */
export function asksOf({ accounts, waiters }: WaitingGroup): LeaseAsk[] {
  let least: PicoUsd | null = null;
  let all = 0n;
  for (const { leastPico, mostPico } of waiters) {
    if (least === null || leastPico < least) least = leastPico;
    if (accounts.every(({ capPico }) => leastPico <= capPico)) all += mostPico;
  }
  return accounts.map(({ scope, id, window, capPico, balancePico }) => ({
    ...{ scope, id, window, capPico },
    needPico: atLeastZero((least ?? 0n) - balancePico),
    wantPico: atLeastZero(all - balancePico),
  }));
}

/** Returns what can be held for a request now; `null` when it is too little. */
export function heldFor({ accounts, leastPico, mostPico }: HoldWaiter): PicoUsd | null {
  const rest = restOf(accounts);
  if (rest >= mostPico) return mostPico;
  return rest >= leastPico ? rest : null;
}

/** Longest wait for tentative holds of this process, so that small requests do not keep a large one waiting forever. */
const UNDECIDED_MS = 5_000;

/** What another attempt of a refused request depends on. */
interface Retrial {
  /** Whether the window could bear the request at all. */
  readonly couldFit: boolean;
  readonly nowMs: number;
}

/**
 * Lets a request wait where the refusal of another one may still give it what it needs of an account; false where not.
 */
export function waitsForDecision(
  waiter: HoldWaiter,
  { undecided }: WindowAccount,
  { couldFit, nowMs }: Retrial,
): boolean {
  if (undecided === 0 || !couldFit) return false;
  waiter.undecidedUntilMs ??= nowMs + UNDECIDED_MS;
  return nowMs < waiter.undecidedUntilMs;
}

function atLeastZero(amount: PicoUsd): PicoUsd {
  return amount > 0n ? amount : 0n;
}
