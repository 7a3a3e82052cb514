import { Injectable, Optional } from '@nestjs/common';
import { isProxyAdmin, NamedBudgets, toBudgetValues, type AccessContext } from '#libs/access';
import { GatehouseError } from '#libs/common';
import { NEW_KEY_BUDGET, SettingsStore } from '#libs/config';
import {
  keyChangesWithin,
  newKeyWithin,
  withKeyDefaults,
  withMembers,
  type NamedBudget,
} from './dto/key-rules.js';
import type { KeyValuesRequest } from './dto/key-values.request.js';

/** Applies `litellm_settings.default_key_generate_params` and `upperbound_key_generate_params`. */
@Injectable()
export class KeyRules {
  constructor(
    private readonly settings: SettingsStore,
    @Optional() private readonly budgets?: NamedBudgets,
  ) {}

  /**
   * Returns a request of a new key, completed by the configured values and within the configured bounds.
   * @param access the caller's context
   * @throws GatehouseError `request_invalid` for a value above its bound, `budget_missing` while the configured budget does
   * not exist, `database_unavailable`
   */
  async ofNew<Request extends KeyValuesRequest>(
    request: Request,
    access: AccessContext,
  ): Promise<Request> {
    const { defaults, upperBounds } = this.settings.current.keys;
    const budgetId = request.budget_id ?? defaults.budgetId;
    const owned = withMembers(request, {
      budget_id: budgetId,
      // Others make keys for the team that they call for.
      team_id: request.team_id ?? (isProxyAdmin(access) ? defaults.teamId : null),
    });
    const named = await this.limitsOf(budgetId);
    if (named === null && budgetId !== null && budgetId === defaults.budgetId)
      throw missing(budgetId);
    return newKeyWithin(withKeyDefaults(owned, defaults, named), upperBounds, named);
  }

  /**
   * Returns a request that changes a key, within the configured bounds.
   * @throws GatehouseError `request_invalid` for a value above its bound
   */
  ofChange<Request extends KeyValuesRequest>(request: Request): Request {
    return keyChangesWithin(request, this.settings.current.keys.upperBounds);
  }

  private async limitsOf(budgetId: string | null): Promise<NamedBudget> {
    const budget = budgetId === null ? null : await this.budgets?.find(budgetId);
    // Only the limits of the budget are compared, not its windows.
    return budget ? toBudgetValues(budget.limits, () => null) : null;
  }
}

function missing(budgetId: string): GatehouseError {
  return new GatehouseError('budget_missing', {
    message: `The budget ${budgetId}, which ${NEW_KEY_BUDGET} names, does not exist. An administrator makes it by POST /budget/new.`,
    param: 'budget_id',
  });
}
