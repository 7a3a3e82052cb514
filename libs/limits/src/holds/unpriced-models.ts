import type { PicoUsd } from '#libs/common';
import type { BudgetedScope, BudgetClaim } from './money-claims.js';

/** What a call of an unknown price costs at least where it may cost nothing: a budget of 0 refuses it. */
export const UNKNOWN_COST_PICO: PicoUsd = 1n;

/**
 * Returns the subject of a request that denies deployments without a known price. A subject that says nothing of its own and has
 * a budget for the request does what the configuration says.
 * @param claims the windows that have to bear the request
 */
export function denierOfUnpriced(
  scopes: readonly BudgetedScope[],
  claims: readonly BudgetClaim[],
  configured: 'allow' | 'deny',
): BudgetedScope | undefined {
  return scopes.find((one) => {
    const isBudgeted = claims.some(({ subject }) => subject === one);
    return (one.limits.unpricedModels ?? (isBudgeted ? configured : 'allow')) === 'deny';
  });
}

/**
 * Whether a budget of 0 refuses deployments without a known price: their calls may cost something. That of a subject that
 * allows them itself does not.
 * @param claims the windows that have to bear the request
 */
export function refusesUnknownCost(claims: readonly BudgetClaim[]): boolean {
  return claims.some(
    ({ capPico, carriedPico = 0n, subject }) =>
      // What counts as spent lowers the cap, and the budget is 0 without it.
      capPico + carriedPico <= 0n && subject.limits.unpricedModels !== 'allow',
  );
}
