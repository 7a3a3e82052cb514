import {
  mainWindowAt,
  windowAt,
  type Limits,
  type MoneyLimit,
  type TimeWindow,
  type WindowCalendar,
} from '#libs/access';
import { parseUsd, type PicoUsd } from '#libs/common';
import { MODEL_SCOPES, type BudgetScope } from '#libs/spend';

/** The limits of one subject, or of the gateway. */
export interface BudgetedScope {
  readonly scope: BudgetScope;
  readonly id: string;
  /** The id under which its windows are kept, where that is another one. */
  readonly countedAs?: string;
  readonly limits: Limits;
}

/** A window of a budget, by what it is kept under. */
export interface BudgetWindow {
  readonly scope: BudgetScope;
  readonly id: string;
  readonly window: TimeWindow;
}

/** A window of a budget that has to bear the cost of a request. */
export interface MoneyClaim extends BudgetWindow {
  /** The id that a refusal names. */
  readonly shownId: string;
  readonly duration: string | null;
  readonly capPico: PicoUsd;
  /** Counts as spent besides what was booked in the window: the cap is lower by it. Absent for nothing. */
  readonly carriedPico?: PicoUsd;
  /** The instant of the request, which is in the window. */
  readonly atMs: number;
}

/** Where and when a request is counted. */
export interface ClaimTime {
  readonly calendar: WindowCalendar;
  readonly nowMs: number;
}

/** The present window of a cap. Rows are frozen, so that a cap is the same object until its row changes. */
interface CapState {
  readonly calendar: WindowCalendar;
  readonly window: TimeWindow;
  readonly capPico: PicoUsd;
}

const states = new WeakMap<MoneyLimit, CapState>();

/**
 * Returns the windows that have to bear a request, those of the first subject first.
 * @param modelGroup of the request; `null` for the budgets of all models
 */
export function moneyClaimsOf(
  limits: readonly BudgetedScope[],
  modelGroup: string | null,
  time: ClaimTime,
): MoneyClaim[] {
  return limits.flatMap((one) => {
    const claims = (one.limits.budgets ?? []).map((cap, index) =>
      index === 0 && one.limits.hasMainBudget === true
        ? mainClaimOf(one, cap, time)
        : claimOf(one, cap, time),
    );
    return [...tightestOf(claims), ...modelClaimsOf(one, modelGroup, time)];
  });
}

/** Of the caps of one subject in one window the smallest: `1d` and `24h` are the same window, and it is leased once. */
function tightestOf(claims: readonly MoneyClaim[]): readonly MoneyClaim[] {
  if (claims.length < 2) return claims;
  return claims.filter(({ window, capPico }, place) =>
    claims.every(
      (other, otherPlace) =>
        other.window.startMs !== window.startMs ||
        other.window.endMs !== window.endMs ||
        capPico < other.capPico ||
        (capPico === other.capPico && place <= otherPlace),
    ),
  );
}

/**
 * Returns the windows of the budgets that a subject has for single models.
 * @param modelGroup of the request; `null` for the budgets of all models
 */
export function modelClaimsOf(
  { scope, id, countedAs, limits: { modelBudgets } }: BudgetedScope,
  modelGroup: string | null,
  time: ClaimTime,
): MoneyClaim[] {
  const modelScope = MODEL_SCOPES[scope];
  if (modelScope === undefined || modelBudgets === undefined) return [];
  return Object.entries(modelBudgets)
    .filter(([name, { models }]) => modelGroup === null || (models ?? [name]).includes(modelGroup))
    .map(([name, cap]) => {
      const kept = countedAs === undefined ? {} : { countedAs: `${countedAs}:${name}` };
      return claimOf({ scope: modelScope, id: `${id}:${name}`, ...kept }, cap, time);
    });
}

/** `max_budget`, with what changes it for a time. */
function mainClaimOf(one: BudgetedScope, cap: MoneyLimit, time: ClaimTime): MoneyClaim {
  const { limits } = one;
  const claim = claimOf(one, cap, time);
  if (limits.temporaryIncrease === undefined && limits.restarts === undefined) return claim;
  const capPico = claim.capPico + increaseOf(limits, time.nowMs);
  const { window, carriedPico } = mainWindowAt(limits, cap, time.calendar, time.nowMs);
  return { ...claim, window, capPico: capPico - carriedPico, carriedPico };
}

function claimOf(
  { scope, id, countedAs = id }: Omit<BudgetedScope, 'limits'>,
  cap: MoneyLimit,
  time: ClaimTime,
): MoneyClaim {
  const { window, capPico } = stateOf(cap, time);
  const ids = { id: countedAs, shownId: id };
  return { scope, ...ids, window, duration: cap.duration, capPico, atMs: time.nowMs };
}

function stateOf(cap: MoneyLimit, { calendar, nowMs }: ClaimTime): CapState {
  const known = states.get(cap);
  if (known?.calendar === calendar && known.window.startMs <= nowMs && nowMs < known.window.endMs) {
    return known;
  }
  const window = windowAt(cap, calendar, nowMs);
  const state = { calendar, window, capPico: parseUsd(cap.maxBudget) };
  states.set(cap, state);
  return state;
}

/** Returns by how much a temporary increase raises `max_budget` now; 0 without a `max_budget`. */
export function increaseOf({ hasMainBudget, temporaryIncrease }: Limits, nowMs: number): PicoUsd {
  if (hasMainBudget !== true || temporaryIncrease === undefined) return 0n;
  return nowMs < Date.parse(temporaryIncrease.until) ? parseUsd(temporaryIncrease.amount) : 0n;
}
