import type { AccessContext, Plain } from '#libs/access';
import { auditActorOf } from '#libs/audit';
import { newEntityId, unknownRow } from '#libs/common';
import { Database } from '#libs/database';
import { ResetTimes } from '#libs/spend';
import { Injectable } from '@nestjs/common';
import type { BudgetEntity } from './budget.entity.js';
import {
  budgetChangeOf,
  newBudgetOf,
  type CreateBudgetRequest,
  type UpdateBudgetRequest,
} from './budget.request.js';
import {
  toBudgetResponse,
  toBudgetSettings,
  type BudgetResponse,
  type BudgetSettingResponse,
} from './budget.response.js';
import { BudgetsService } from './budgets.service.js';

/** Budgets as administrators see and change them. */
@Injectable()
export class BudgetAdministration {
  constructor(
    private readonly database: Database,
    private readonly budgets: BudgetsService,
    private readonly resetTimes: ResetTimes,
  ) {}

  /**
   * Makes a budget.
   * @param access an administrator's context
   * @throws GatehouseError `already_exists`
   */
  async create(
    request: CreateBudgetRequest,
    access: AccessContext,
  ): Promise<Plain<BudgetResponse>> {
    const budgetId = request.budget_id ?? newEntityId();
    const row = await this.database.write((unit) =>
      this.budgets.create(unit, budgetId, newBudgetOf(request), auditActorOf(access)),
    );
    return this.present(row);
  }

  /**
   * Changes what the request names, for every row that has the budget.
   * @param access an administrator's context
   * @throws GatehouseError `not_found`
   */
  async update(
    request: UpdateBudgetRequest,
    access: AccessContext,
  ): Promise<Plain<BudgetResponse>> {
    const { budget_id: budgetId } = request;
    const row = await this.database.write((unit) =>
      this.budgets.update(unit, budgetId, budgetChangeOf(request), auditActorOf(access)),
    );
    return this.present(row);
  }

  /** Those of the budgets that exist; all of them without ids. */
  async list(budgetIds?: readonly string[]): Promise<Plain<BudgetResponse>[]> {
    return (await this.budgets.list(budgetIds)).map((row) => this.present(row));
  }

  /** Those of the budgets that exist, by their ids. */
  async byId(budgetIds: readonly string[]): Promise<ReadonlyMap<string, Plain<BudgetResponse>>> {
    const budgets = await this.list([...new Set(budgetIds)]);
    return new Map(budgets.map((budget) => [budget.budget_id, budget]));
  }

  /**
   * The members of a budget one by one.
   * @throws GatehouseError `not_found`
   */
  async settings(budgetId: string): Promise<Plain<BudgetSettingResponse>[]> {
    const [budget] = await this.list([budgetId]);
    if (budget !== undefined) return toBudgetSettings(budget);
    throw unknownRow('budget', 'budget_id');
  }

  /**
   * Deletes a budget that neither a row nor the configuration names.
   * @param access an administrator's context
   * @returns the budget as it was
   * @throws GatehouseError `not_found`, `request_invalid` while one of them names it
   */
  async remove(budgetId: string, access: AccessContext): Promise<Plain<BudgetResponse>> {
    const row = await this.database.write((unit) =>
      this.budgets.remove(unit, budgetId, auditActorOf(access)),
    );
    return this.present(row);
  }

  private present(row: BudgetEntity): Plain<BudgetResponse> {
    return toBudgetResponse(row, this.resetTimes.now());
  }
}
