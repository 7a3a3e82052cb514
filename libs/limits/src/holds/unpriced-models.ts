import type { BudgetedScope, BudgetClaim } from './money-claims.js';

/**
 * Whether one of the subjects of a request denies deployments without a known price. A subject that says nothing of its own and has
 * a budget for the request does what the configuration says.
 * @param claims the windows that have to bear the request
 */
export function deniesUnpriced(
  scopes: readonly BudgetedScope[],
  claims: readonly BudgetClaim[],
  configured: 'allow' | 'deny',
): boolean {
  return scopes.some((one) => {
    const isBudgeted = claims.some(({ subject }) => subject === one);
    return (one.limits.unpricedModels ?? (isBudgeted ? configured : 'allow')) === 'deny';
  });
}
