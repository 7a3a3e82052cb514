import { AuditModule } from '#libs/audit';
import { SpendModule } from '#libs/spend';
import { NamedBudgets } from '#libs/access';
import { Global, Module } from '@nestjs/common';
import { BudgetAdministration } from './budget-administration.service.js';
import { BudgetEntity } from './budget.entity.js';
import { BudgetsController } from './budgets.controller.js';
import { BudgetsService } from './budgets.service.js';
import { ConfiguredBudgetsCheck } from './configured-budgets-check.js';

/** Limits with a name, with their endpoints. */
@Global()
@Module({
  imports: [AuditModule, SpendModule],
  controllers: [BudgetsController],
  providers: [
    BudgetsService,
    BudgetAdministration,
    ConfiguredBudgetsCheck,
    { provide: NamedBudgets, useExisting: BudgetsService },
  ],
  exports: [BudgetsService, BudgetAdministration, NamedBudgets],
})
export class BudgetsModule {}

/** The module and the tables of this library, for the composition root. */
export const BUDGETS_LIBRARY = { module: BudgetsModule, entities: [BudgetEntity] };
