import type { PicoUsd } from '#libs/common';
import type { LeaseFacts } from './lease-source.js';

/** What is used of a window now. The rest of its cap is left. */
export interface WindowState {
  /** Booked, or the cost of calls of this process that have ended and are not booked yet. */
  readonly spentPico: PicoUsd;
  /** Held by calls of this process that run. */
  readonly heldPico: PicoUsd;
  /** Out of reach for this process: other processes have leased it, for calls that run or are to come. */
  readonly setAsidePico: PicoUsd;
}

/** What a process does with its lease of a window. */
interface LeaseUse {
  readonly heldPico: PicoUsd;
  /** What it could hold. */
  readonly balancePico: PicoUsd;
}

const UNUSED: LeaseUse = { heldPico: 0n, balancePico: 0n };

/**
 * Returns what is used of a window, at the instant of the facts. What its process has leased, and neither holds nor could hold, its
 * calls have cost and is not booked yet.
 * @param use of the same instant; nothing where the process has no account
 */
export function windowState(facts: LeaseFacts, use: LeaseUse = UNUSED): WindowState {
  const unbookedPico = facts.ownPico - use.heldPico - use.balancePico;
  return {
    spentPico: facts.bookedPico + (unbookedPico > 0n ? unbookedPico : 0n),
    heldPico: use.heldPico,
    setAsidePico: facts.othersPico,
  };
}

/** Returns what is left of a cap; less than zero where more was spent. */
export function leftOf(capPico: PicoUsd, state: WindowState): PicoUsd {
  return capPico - state.spentPico - state.heldPico - state.setAsidePico;
}
