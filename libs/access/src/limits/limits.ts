import type { LimitType } from './limit-types.js';

/** A cap of money within one window. */
export interface MoneyLimit {
  /** US dollars as a decimal string, at least 0. */
  readonly maxBudget: string;
  /** Length of the window, for example `30d`, `1mo` or `12h`; `null` for one window without an end. */
  readonly duration: string | null;
  /** ISO instant at which the duration was set. Windows that follow no calendar begin with it. */
  readonly since: string;
}

/** A cap of money for a model, or for a group of models together. */
export interface ModelMoneyLimit extends MoneyLimit {
  /** Names of models that share the cap; absent for the model whose name is the key. */
  readonly models?: readonly string[];
}

/** An increase of the first budget for a time. */
export interface TemporaryIncrease {
  /** US dollars as a decimal string, more than 0. */
  readonly amount: string;
  /** ISO instant from which it does not count any more. */
  readonly until: string;
}

/** An instant at which the window of `max_budget` begins anew, beside those of its duration. */
export interface BudgetRestart {
  /** ISO instant; may be in the future. */
  readonly at: string;
  /** US dollars as a decimal string that count as spent from then on. */
  readonly spent: string;
}

/** Limits of every member of a team, each where the member has none of its own. */
type MemberLimits = Pick<
  Limits,
  | 'budgets'
  | 'hasMainBudget'
  | 'duration'
  | 'requestsPerMinute'
  | 'tokensPerMinute'
  | 'budgetId'
  | 'unpricedModels'
>;

/**
 * The budgets and rate limits of one key, user, team, member, organisation, end user, tag or named budget, as stored in
 * its `limits` column. An absent member limits nothing. Wire names are in `dto` and in `limits-request.ts` alone.
 */
export interface Limits {
  /**
   * Caps that hold together. The first is `max_budget` with `budget_duration` where {@link hasMainBudget}, the others
   * are `budget_limits`.
   */
  readonly budgets?: readonly MoneyLimit[];
  /** Whether the first of {@link budgets} is `max_budget`; absent for false. */
  readonly hasMainBudget?: true;
  /** A duration that was stated without `max_budget`: it applies to a budget that comes later or from `budgetId`. */
  readonly duration?: Omit<MoneyLimit, 'maxBudget'>;
  /** What parts the windows of `max_budget` beside its duration. */
  readonly restarts?: readonly BudgetRestart[];
  /** US dollars as a decimal string. Alerts, refuses nothing. */
  readonly softBudget?: string;
  /** Name of a row of `budgets` whose values count where this has none. */
  readonly budgetId?: string;
  /** Caps by the name of a model. Of those for single names, the most specific one that covers a request counts it. */
  readonly modelBudgets?: Readonly<Record<string, ModelMoneyLimit>>;
  readonly temporaryIncrease?: TemporaryIncrease;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  readonly maxParallelRequests?: number;
  /** How {@link requestsPerMinute} is kept; absent for `best_effort_throughput`. */
  readonly requestsType?: LimitType;
  /** How {@link tokensPerMinute} is kept; absent for `best_effort_throughput`. */
  readonly tokensType?: LimitType;
  /** By the name of a model, in the same way. */
  readonly modelRequestsPerMinute?: Readonly<Record<string, number>>;
  /** By the name of a model, in the same way. */
  readonly modelTokensPerMinute?: Readonly<Record<string, number>>;
  /**
   * Whether calls may reach a deployment without a known price; absent for what `gatehouse.budgets.unpriced_models` says
   * about those that count against a budget.
   */
  readonly unpricedModels?: 'allow' | 'deny';
  /** Of a team: the limits of its members, each where a member has none of its own. */
  readonly members?: MemberLimits;
}

/** Limits nothing. */
export const UNLIMITED: Limits = Object.freeze({});
