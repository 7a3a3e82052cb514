import type { PicoUsd } from '#libs/common';
import type { BudgetWindow } from './money-claims.js';

/** What a process asks of one window: at least the need, preferably what it wants. */
export interface LeaseAsk extends BudgetWindow {
  readonly capPico: PicoUsd;
  /** 0 where the process has enough. */
  readonly needPico: PicoUsd;
  readonly wantPico: PicoUsd;
}

/** What a process gives back of a window, or has lost of it. */
export interface LeaseAmount extends BudgetWindow {
  readonly amountPico: PicoUsd;
}

/** What a source knows of a window at one instant. The amounts do not overlap. */
export interface LeaseFacts {
  readonly bookedPico: PicoUsd;
  /** Leased by this process. Less than zero where its calls have cost more than it had leased. */
  readonly ownPico: PicoUsd;
  /** Leased by other processes. */
  readonly othersPico: PicoUsd;
  /** Leased by none, and not to be had from the database: what a pool has for all that share it. */
  readonly pooledPico: PicoUsd;
}

/** Of a window that a source has never heard of. */
export const NO_FACTS: LeaseFacts = {
  bookedPico: 0n,
  ownPico: 0n,
  othersPico: 0n,
  pooledPico: 0n,
};

/** Of the windows that cannot bear their need the tightest: that of which the least is unspent. */
export interface LeaseRefusal {
  /** Which of the group. */
  readonly place: number;
  /** Places of all windows of the group that cannot. */
  readonly short: readonly number[];
  readonly spentPico: PicoUsd;
  /** What may come back: leases of other processes, and pools. */
  readonly othersPico: PicoUsd;
  /** At the end of the request; `null` for a refusal of a moment ago that is repeated. */
  readonly facts: LeaseFacts | null;
}

/** All windows of a group have granted something, or none has. */
export type LeaseAnswer =
  | { readonly grantedPico: readonly PicoUsd[]; readonly refusal: null }
  | { readonly grantedPico: null; readonly refusal: LeaseRefusal };

/** The answer to one request for leases. */
export interface LeaseAnswers {
  /** Leases that ended before they were renewed. */
  readonly lost: readonly LeaseAmount[];
  /** In the order of the groups. */
  readonly groups: readonly LeaseAnswer[];
  /** Until when the leases of this process may be used, on its monotonic clock. */
  readonly untilMs: number;
}

/** A request for leases. */
export interface LeaseRequest {
  /** Higher than that of every earlier request of this process. */
  readonly number: number;
  /** Windows of which all have to grant their need, or none does. */
  readonly groups: readonly (readonly LeaseAsk[])[];
  readonly back: readonly LeaseAmount[];
}

/**
 * Where processes lease parts of windows, so that what is spent and leased together never exceeds the cap at the instant of a
 * grant.
 */
export abstract class LeaseSource {
  /** After how long a refused request asks again. */
  abstract get retryMs(): number;

  /** Whether what a refused request needs may be free in a moment, so that it waits longer than usual. */
  isClosing(): boolean {
    return false;
  }

  /**
   * Renews all leases of this process, takes back and hands out. Does so once for each number: a request that is repeated
   * before the next one gets the same answer, and with it what was lost since.
   * @throws GatehouseError `database_unavailable`, and the request may have been done or not; any other error when it was not
   */
  abstract take(request: LeaseRequest): Promise<LeaseAnswers>;

  /** Returns what is known of windows, while no request for leases is under way. */
  abstract look(windows: readonly BudgetWindow[]): Promise<readonly LeaseFacts[]>;

  /** Asks other processes to give back what they do not use of the budgets of some windows. */
  abstract demand(windows: readonly BudgetWindow[]): Promise<void>;

  /** Registers what is called when another process asks so; for every budget when the id is `null`. */
  abstract onDemand(listener: (counter: string | null) => void): void;

  /** Registers what is called when the source has something to report that a request for leases takes along. */
  onDue(_listener: () => void): void {
    // Most sources have nothing.
  }

  /** Notes what a call has cost. Returns whether the process gives back at once what is left of the window. */
  ended(_window: BudgetWindow, _costPico: PicoUsd): boolean {
    return false;
  }

  /** Gives up all leases, at the end of the process. */
  abstract end(): Promise<void>;
}

/** The name of a budget across its windows. */
export function counterOf({ scope, id }: Pick<BudgetWindow, 'scope' | 'id'>): string {
  return `${scope} ${id}`;
}
