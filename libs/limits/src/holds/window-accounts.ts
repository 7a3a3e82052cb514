import type { PicoUsd } from '#libs/common';
import type { HeldWindow } from '#libs/spend';
import {
  NO_FACTS,
  counterOf,
  type LeaseAmount,
  type LeaseAsk,
  type LeaseFacts,
  type LeaseRefusal,
} from './lease-source.js';
import type { BudgetWindow, MoneyClaim } from './money-claims.js';
import { windowState, type WindowState } from './window-state.js';

/** What a refusal found of a window, before the calls of this process that have ended since. */
interface FoundWindow extends WindowState {
  /** The costs of the account at that instant. */
  readonly costPico: PicoUsd;
}

/** What this process has of one window. */
export interface WindowAccount extends BudgetWindow {
  readonly key: string;
  capPico: PicoUsd;
  /** Leased and neither held nor spent. Less than zero where calls have cost more than their bounds. */
  balancePico: PicoUsd;
  /** Requests that wait for a lease. */
  waiting: number;
  /** Requests whose cost is held. */
  running: number;
  /** What is held for them. */
  heldPico: PicoUsd;
  /** Those of them that another limit may still refuse. */
  undecided: number;
  /** What the requests have cost that have ended. */
  costPico: PicoUsd;
  /** At the last refusal. */
  found: FoundWindow | null;
  /** Whether the balance is to be given back before it is used again. */
  isDue: boolean;
  /** Whether it was used since the last round of renewals. */
  isUsed: boolean;
}

/** The smallest balance of some accounts. */
export function restOf(accounts: readonly WindowAccount[]): PicoUsd {
  let rest: PicoUsd | null = null;
  for (const { balancePico } of accounts) {
    if (rest === null || balancePico < rest) rest = balancePico;
  }
  return rest ?? 0n;
}

/** Whether an amount can be held in all accounts now, without getting ahead of a request that waits. */
export function canBear(accounts: readonly WindowAccount[], amountPico: PicoUsd): boolean {
  return accounts.every(
    ({ balancePico, waiting, isDue }) => waiting === 0 && !isDue && balancePico >= amountPico,
  );
}

/**
 * Holds an amount in accounts.
 * @param isTentative whether another limit may still refuse the request
 * @returns ends what is tentative; may be called again
 */
export function holdIn(
  accounts: readonly WindowAccount[],
  heldPico: PicoUsd,
  isTentative: boolean,
): () => void {
  let isUndecided = isTentative;
  for (const account of accounts) {
    account.balancePico -= heldPico;
    account.heldPico += heldPico;
    account.running += 1;
    if (isUndecided) account.undecided += 1;
  }
  return () => {
    if (isUndecided) for (const account of accounts) account.undecided -= 1;
    isUndecided = false;
  };
}

/** Returns the window of an account for the records of a call. */
export function heldWindowOf({ scope, id, window }: WindowAccount): HeldWindow {
  const { startMs, endMs } = window;
  const instantOf = (ms: number): number | null => (Number.isFinite(ms) ? ms : null);
  return { scope, id, start: instantOf(startMs), end: instantOf(endMs) };
}

/**
 * Returns what is used of a window that was refused: what the last refusal found, and what the calls of this process have cost
 * since and hold now.
 */
export function refusedState(
  { found, costPico, heldPico }: WindowAccount,
  { spentPico, othersPico }: LeaseRefusal,
): WindowState {
  if (found === null) return { spentPico, heldPico, setAsidePico: othersPico };
  const { setAsidePico } = found;
  return { spentPico: found.spentPico + costPico - found.costPico, heldPico, setAsidePico };
}

/** The accounts of this process, each under its window. */
export class WindowAccounts {
  private readonly accounts = new Map<string, WindowAccount>();

  /** Whether there are none. */
  get isEmpty(): boolean {
    return this.accounts.size === 0;
  }

  /** Returns the accounts of claims, with the cap of the moment. */
  of(claims: readonly MoneyClaim[]): WindowAccount[] {
    return claims.map((claim) => {
      const account = this.account(claim);
      // A lowered cap holds for what was leased before, too.
      if (claim.capPico < account.capPico && account.balancePico > 0n) account.isDue = true;
      account.capPico = claim.capPico;
      account.isUsed = true;
      return account;
    });
  }

  /** Takes what is due out of the accounts, to be given back. */
  takeDue(): LeaseAmount[] {
    const back: LeaseAmount[] = [];
    for (const account of this.accounts.values()) {
      if (!account.isDue) continue;
      account.isDue = false;
      if (account.balancePico === 0n) continue;
      back.push({ ...account, amountPico: account.balancePico });
      account.balancePico = 0n;
    }
    return back;
  }

  /**
   * Makes due what is not used: of one budget, or of all. A request of this process that waits for more asks for it again in
   * the round that gives it back, and leaves it to others where that is not enough.
   */
  demand(counter: string | null): boolean {
    let isAny = false;
    for (const account of this.accounts.values()) {
      if (counter !== null && counterOf(account) !== counter) continue;
      if (account.balancePico === 0n) continue;
      account.isDue = true;
      isAny = true;
    }
    return isAny;
  }

  /**
   * Makes due what was not used since the last call, and forgets accounts that nothing is in.
   * @returns whether something is due
   */
  retire(): boolean {
    let isAny = false;
    for (const [key, account] of this.accounts) {
      const { isUsed, waiting, running, balancePico } = account;
      account.isUsed = false;
      if (!isUsed && waiting === 0) {
        if (balancePico !== 0n) account.isDue = true;
        else if (running === 0) this.accounts.delete(key);
      }
      isAny ||= account.isDue;
    }
    return isAny;
  }

  /** Takes leases that have ended out of the accounts: what is held of them is owed now. */
  lose(lost: readonly LeaseAmount[]): void {
    for (const one of lost) this.account({ ...one, capPico: 0n }).balancePico -= one.amountPico;
  }

  /** Adds what was granted for each of some windows. */
  gain(asks: readonly LeaseAsk[], grantedPico: readonly PicoUsd[]): void {
    for (const [index, ask] of asks.entries()) {
      const account = this.account(ask);
      account.balancePico += grantedPico[index] ?? 0n;
      if (account.capPico < ask.capPico) account.isDue = true;
    }
  }

  /** Makes due again what could not be given back. */
  takeAgain(back: readonly LeaseAmount[]): void {
    for (const one of back) {
      const account = this.account({ ...one, capPico: 0n });
      account.balancePico += one.amountPico;
      account.isDue = true;
    }
  }

  /** Returns what is used of a window, from what was just found of it. */
  stateOf(window: BudgetWindow, facts: LeaseFacts = NO_FACTS): WindowState {
    return windowState(facts, this.accounts.get(keyOf(window)));
  }

  /** Notes what a refusal found. What a pool has was not enough either. */
  note(window: BudgetWindow, facts: LeaseFacts): void {
    const account = this.accounts.get(keyOf(window));
    if (account === undefined) return;
    const othersPico = facts.othersPico + facts.pooledPico;
    const state = windowState({ ...facts, othersPico }, account);
    account.found = { ...state, costPico: account.costPico };
  }

  private account({
    scope,
    id,
    window,
    capPico,
  }: Pick<MoneyClaim, keyof BudgetWindow | 'capPico'>): WindowAccount {
    const key = keyOf({ scope, id, window });
    const known = this.accounts.get(key);
    if (known !== undefined) return known;
    const account: WindowAccount = {
      ...{ key, scope, id, window, capPico, balancePico: 0n },
      ...{ waiting: 0, running: 0, heldPico: 0n, costPico: 0n, undecided: 0 },
      ...{ found: null, isDue: false, isUsed: true },
    };
    this.accounts.set(key, account);
    return account;
  }
}

function keyOf({ scope, id, window }: BudgetWindow): string {
  return `${scope}\0${id}\0${String(window.startMs)}\0${String(window.endMs)}`;
}
