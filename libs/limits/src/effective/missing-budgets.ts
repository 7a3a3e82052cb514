import { GatehouseError } from '#libs/common';
import { END_USER_BUDGET } from '#libs/config';
import type { ScopeLimits } from './scope-limits.js';

/**
 * Returns the refusal of a request of which a subject names a budget that does not exist: without it, the subject would have no
 * limits. Rows name only budgets that exist, so that it is a budget of the configuration.
 * @param configuredId `litellm_settings.max_end_user_budget_id`
 */
export function refusalOfMissingBudget(
  limits: readonly ScopeLimits[],
  configuredId: string | undefined,
): GatehouseError | null {
  const lacking = limits.find(({ lacksBudget }) => lacksBudget === true);
  if (lacking === undefined) return null;
  const { scope, id } = lacking;
  const { budgetId = '' } = lacking.limits;
  const isConfigured = scope === 'end_user' && budgetId === configuredId;
  const by = isConfigured ? END_USER_BUDGET : `${scope} ${id}`;
  return new GatehouseError('budget_missing', {
    message: `The budget ${budgetId}, which ${by} names, does not exist. An administrator makes it by POST /budget/new.`,
    headers: { 'x-should-retry': 'false' },
    isByLimit: true,
    context: { scope, id, budgetId },
  });
}
