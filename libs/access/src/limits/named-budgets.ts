import type { Limits } from './limits.js';

/** Budgets with a name, for those who may not know where they are kept. */
export abstract class NamedBudgets {
  /**
   * The budget of an id; `null` for none.
   * @throws GatehouseError `database_unavailable`
   */
  abstract find(budgetId: string): Promise<{ readonly limits: Limits } | null>;
}
