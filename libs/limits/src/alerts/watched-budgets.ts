import { mainWindowAt, type Limits, type TimeWindow, type WindowCalendar } from '#libs/access';
import { parseUsd, type PicoUsd } from '#libs/common';
import { increaseOf } from '../holds/money-claims.js';

/** What an alert is about. */
export type AlertKind = 'max_budget' | 'budget_limits' | 'soft_budget';

/** A budget whose use is watched, in its present window. */
export interface WatchedBudget {
  readonly kind: AlertKind;
  readonly window: TimeWindow;
  readonly amount: PicoUsd;
  /** Counts as spent besides what was booked in the window. */
  readonly carried: PicoUsd;
}

/** A soft budget is passed or not. */
const SOFT_THRESHOLDS = [100];

/**
 * Returns the budgets of one subject, each in the window that an instant is in. A soft budget has the windows of
 * `budget_duration`. A temporary increase counts as long as it lasts.
 */
export function watchedBudgetsOf(
  limits: Limits,
  calendar: WindowCalendar,
  nowMs: number,
): readonly WatchedBudget[] {
  const { budgets = [], hasMainBudget, duration, softBudget } = limits;
  const watched = budgets.map((cap, index): WatchedBudget => {
    const isMain = hasMainBudget === true && index === 0;
    const { window, carriedPico } = mainWindowAt(isMain ? limits : {}, cap, calendar, nowMs);
    return {
      kind: isMain ? 'max_budget' : 'budget_limits',
      window,
      amount: parseUsd(cap.maxBudget) + (isMain ? increaseOf(limits, nowMs) : 0n),
      carried: carriedPico,
    };
  });
  if (softBudget === undefined) return watched;
  const rule = (hasMainBudget === true ? budgets[0] : undefined) ?? duration;
  const { window, carriedPico } = mainWindowAt(
    limits,
    rule ?? { duration: null, since: '' },
    calendar,
    nowMs,
  );
  const amount = parseUsd(softBudget);
  return [...watched, { kind: 'soft_budget', window, amount, carried: carriedPico }];
}

/**
 * Returns the percentages of a budget that were spent, ascending. Nothing was passed where nothing was spent.
 */
export function passedThresholds(
  { kind, amount }: Pick<WatchedBudget, 'kind' | 'amount'>,
  spent: PicoUsd,
  thresholds: readonly number[],
): readonly number[] {
  if (spent === 0n) return [];
  const asked = kind === 'soft_budget' ? SOFT_THRESHOLDS : thresholds;
  return asked.filter((percent) => spent * 100n >= amount * BigInt(percent));
}
