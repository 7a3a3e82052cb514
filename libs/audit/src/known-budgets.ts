import type { Limits } from '#libs/access';
import { unknownRow } from '#libs/common';
import type { UnitOfWork } from '#libs/database';

/**
 * Refuses values of a row whose limits name a budget that does not exist. A budget that is named cannot be deleted until the
 * transaction ends. The reference is within a JSON value, for which PostgreSQL has no foreign key.
 * @throws GatehouseError `not_found`
 */
export async function requireKnownBudgets(
  unit: UnitOfWork,
  row: { readonly limits?: Limits },
): Promise<void> {
  const { limits } = row;
  const named = [limits?.budgetId, limits?.members?.budgetId].filter((id) => id !== undefined);
  const budgetIds = [...new Set(named)];
  if (budgetIds.length === 0) return;
  const found = await unit.manager.query<object[]>(
    'SELECT 1 FROM budgets WHERE budget_id = ANY ($1) FOR KEY SHARE',
    [budgetIds],
  );
  if (found.length === budgetIds.length) return;
  throw unknownRow('budget', 'budget_id');
}
