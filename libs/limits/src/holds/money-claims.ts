import {
  mainWindowAt,
  windowAt,
  type Limits,
  type ModelMoneyLimit,
  type MoneyLimit,
  type TimeWindow,
  type WindowCalendar,
} from '#libs/access';
import { parseUsd, type PicoUsd } from '#libs/common';
import { MODEL_SCOPES, pairId, type BudgetScope } from '#libs/spend';
import { coversModel, mostSpecificName, type RequestedModel } from '../effective/model-limits.js';

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

/** A claim with the budget that it is of. */
export interface BudgetClaim extends MoneyClaim {
  readonly subject: BudgetedScope;
  readonly kind: 'max_budget' | 'budget_limits' | 'model_max_budget';
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
 * @param model of the request; `null` for the budgets of all models
 */
export function moneyClaimsOf(
  limits: readonly BudgetedScope[],
  model: RequestedModel | null,
  time: ClaimTime,
): BudgetClaim[] {
  return limits.flatMap((one) => [
    ...tightestOf(ownClaimsOf(one, time)),
    ...modelClaimsOf(one, model, time),
  ]);
}

/** Returns every budget of a subject in its present window, those for models, too. */
export function everyClaimOf(one: BudgetedScope, time: ClaimTime): BudgetClaim[] {
  return [...ownClaimsOf(one, time), ...modelClaimsOf(one, null, time)];
}

function ownClaimsOf(one: BudgetedScope, time: ClaimTime): BudgetClaim[] {
  return (one.limits.budgets ?? []).map((cap, index) =>
    index === 0 && one.limits.hasMainBudget === true
      ? mainClaimOf(one, cap, time)
      : claimOf({ subject: one, kind: 'budget_limits', ...idsOf(one) }, cap, time),
  );
}

/** Of the caps of one subject in one window the smallest: `1d` and `24h` are the same window, and it is leased once. */
function tightestOf(claims: readonly BudgetClaim[]): readonly BudgetClaim[] {
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

function modelClaimsOf(
  one: BudgetedScope,
  model: RequestedModel | null,
  time: ClaimTime,
): BudgetClaim[] {
  const { scope, id, countedAs = id, limits } = one;
  const modelScope = MODEL_SCOPES[scope];
  if (modelScope === undefined || limits.modelBudgets === undefined) return [];
  return chosenBudgets(limits.modelBudgets, model).map(([name, cap]) => {
    const ids = { scope: modelScope, id: pairId(countedAs, name), shownId: pairId(id, name) };
    return claimOf({ subject: one, kind: 'model_max_budget', ...ids }, cap, time);
  });
}

/**
 * The most specific budget of those for single names, and every budget for a group of models that the model is in.
 * @param model `null` for all budgets
 */
function chosenBudgets(
  budgets: NonNullable<Limits['modelBudgets']>,
  model: RequestedModel | null,
): readonly (readonly [name: string, cap: ModelMoneyLimit])[] {
  const all = Object.entries(budgets);
  if (model === null) return all;
  const names = all.flatMap(([name, { models }]) => (models === undefined ? [name] : []));
  const own = mostSpecificName(names, model);
  return all.filter(([name, { models }]) =>
    models === undefined ? name === own : coversModel(models, model),
  );
}

/** `max_budget`, with what changes it for a time. */
function mainClaimOf(one: BudgetedScope, cap: MoneyLimit, time: ClaimTime): BudgetClaim {
  const { limits } = one;
  const claim = claimOf({ subject: one, kind: 'max_budget', ...idsOf(one) }, cap, time);
  if (limits.temporaryIncrease === undefined && limits.restarts === undefined) return claim;
  const capPico = claim.capPico + increaseOf(limits, time.nowMs);
  const { window, carriedPico } = mainWindowAt(limits, cap, time.calendar, time.nowMs);
  return { ...claim, window, capPico: capPico - carriedPico, carriedPico };
}

function idsOf({
  scope,
  id,
  countedAs = id,
}: BudgetedScope): Pick<BudgetClaim, 'scope' | 'id' | 'shownId'> {
  return { scope, id: countedAs, shownId: id };
}

function claimOf(
  budget: Pick<BudgetClaim, 'subject' | 'kind' | 'scope' | 'id' | 'shownId'>,
  cap: MoneyLimit,
  time: ClaimTime,
): BudgetClaim {
  const { window, capPico } = stateOf(cap, time);
  return { ...budget, window, duration: cap.duration, capPico, atMs: time.nowMs };
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

/** By how much a temporary increase raises `max_budget` now. */
function increaseOf({ temporaryIncrease }: Limits, nowMs: number): PicoUsd {
  if (temporaryIncrease === undefined) return 0n;
  return nowMs < Date.parse(temporaryIncrease.until) ? parseUsd(temporaryIncrease.amount) : 0n;
}
