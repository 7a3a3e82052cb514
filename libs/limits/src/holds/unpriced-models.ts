import type { BudgetedScope, MoneyClaim } from './money-claims.js';

/**
 * Whether one of the subjects of a request denies deployments without a known price. A subject that says nothing of its own and has
 * a budget for the request does what the configuration says.
 * @param claims the windows that have to bear the request
 */
export function deniesUnpriced(
  scopes: readonly BudgetedScope[],
  claims: readonly MoneyClaim[],
  configured: 'allow' | 'deny',
): boolean {
  return scopes.some((one) => {
    const isBudgeted = claims.some((claim) => isOf(claim, one));
    return (one.limits.unpricedModels ?? (isBudgeted ? configured : 'allow')) === 'deny';
  });
}

/** The budget of a model is that of its subject, too. */
function isOf({ scope, shownId }: MoneyClaim, one: BudgetedScope): boolean {
  return scope === one.scope
    ? shownId === one.id
    : scope === `${one.scope}_model` && shownId.startsWith(`${one.id}:`);
}
