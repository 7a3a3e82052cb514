import type { Limits } from '#libs/access';
import type { PicoUsd } from '#libs/common';
import type { BudgetScope, SpendScope } from '../costs/call-records.js';

/** A subject of a caller's requests that has limits. */
interface LimitedSubject {
  readonly scope: SpendScope;
  /** As totals name it: `team:user` for a member. */
  readonly id: string;
  /** Completed by the budget that they name, and by defaults. */
  readonly limits: Limits;
}

/** One budget in its present window. */
export interface BudgetStanding {
  readonly scope: BudgetScope;
  readonly id: string;
  readonly duration: string | null;
  readonly capPico: PicoUsd;
  readonly spentPico: PicoUsd;
  /** Held by requests of this process that run. */
  readonly heldPico: PicoUsd;
  /** Leased by other processes. */
  readonly setAsidePico: PicoUsd;
  /** The rest; at least 0. */
  readonly remainingPico: PicoUsd;
  /** Infinite for a budget without windows. */
  readonly startMs: number;
  readonly endMs: number;
}

/** One rate limit at present. */
export interface RateStanding {
  readonly scope: string;
  readonly id: string;
  /** Of a limit per model. */
  readonly model: string | null;
  readonly type: 'requests' | 'tokens' | 'max_parallel_requests';
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds until all of the limit can be taken again, if nothing is taken meanwhile. */
  readonly resetMs: number;
}

/** What the requests of a caller may still cost and do. */
export interface Standing {
  readonly subjects: readonly LimitedSubject[];
  readonly budgets: readonly BudgetStanding[];
  readonly rates: readonly RateStanding[];
}
