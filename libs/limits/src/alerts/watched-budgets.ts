import { mainWindowAt, type TimeWindow } from '#libs/access';
import { parseUsd, type PicoUsd } from '#libs/common';
import type { BudgetScope } from '#libs/spend';
import { everyClaimOf, type BudgetedScope, type ClaimTime } from '../holds/money-claims.js';

/** What an alert is about. */
export type AlertKind = 'max_budget' | 'budget_limits' | 'soft_budget';

/** A budget whose use is watched, in its present window. */
export interface WatchedBudget {
  readonly scope: BudgetScope;
  /** As its windows are kept. */
  readonly id: string;
  readonly kind: AlertKind;
  readonly window: TimeWindow;
  readonly amount: PicoUsd;
  /** Counts as spent besides what was booked in the window. */
  readonly carried: PicoUsd;
}

/** A soft budget is passed or not. */
const SOFT_THRESHOLDS = [100];

/**
 * Returns the budgets of one subject, those for models, too, each in the window that an instant is in. A soft budget has the
 * windows of `budget_duration`. A temporary increase counts as long as it lasts.
 */
export function watchedBudgetsOf(
  subject: BudgetedScope,
  time: ClaimTime,
): readonly WatchedBudget[] {
  const watched = everyClaimOf(subject, time).map(
    ({ scope, id, kind, window, capPico, carriedPico: carried = 0n }): WatchedBudget => ({
      ...{ scope, id, window, carried },
      kind: kind === 'budget_limits' ? kind : 'max_budget',
      amount: capPico + carried,
    }),
  );
  const soft = softBudgetOf(subject, time);
  return soft === null ? watched : [...watched, soft];
}

function softBudgetOf(
  { scope, id, limits }: BudgetedScope,
  { calendar, nowMs }: ClaimTime,
): WatchedBudget | null {
  const { budgets, hasMainBudget, duration, softBudget } = limits;
  if (softBudget === undefined) return null;
  const main = (hasMainBudget === true ? budgets?.[0] : undefined) ?? duration;
  const rule = main ?? { duration: null, since: '' };
  const { window, carriedPico } = mainWindowAt(limits, rule, calendar, nowMs);
  const amount = parseUsd(softBudget);
  return { scope, id, kind: 'soft_budget', window, amount, carried: carriedPico };
}

/** Returns the highest percentage of a budget that was reached; `null` for none, and where nothing was spent. */
export function reachedThreshold(
  { kind, amount }: Pick<WatchedBudget, 'kind' | 'amount'>,
  spent: PicoUsd,
  thresholds: readonly number[],
): number | null {
  if (spent === 0n) return null;
  const asked = kind === 'soft_budget' ? SOFT_THRESHOLDS : thresholds;
  return asked.findLast((percent) => spent * 100n >= amount * BigInt(percent)) ?? null;
}
