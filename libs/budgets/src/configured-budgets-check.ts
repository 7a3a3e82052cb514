import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { configuredBudgetsOf, SettingsStore } from '#libs/config';
import { Database } from '#libs/database';
import { BudgetsService } from './budgets.service.js';

/** Warns at the start about budgets that the configuration names and that do not exist: calls that need one are refused. */
@Injectable()
export class ConfiguredBudgetsCheck implements OnApplicationBootstrap {
  private readonly logger = new Logger('Configuration');

  constructor(
    private readonly settings: SettingsStore,
    private readonly database: Database,
    private readonly budgets: BudgetsService,
  ) {}

  /** Begins the check, which waits for the database. */
  onApplicationBootstrap(): void {
    if (configuredBudgetsOf(this.settings.current).length > 0) void this.run();
  }

  private async run(): Promise<void> {
    try {
      await this.database.whenReady();
      for (const { setting, budgetId } of configuredBudgetsOf(this.settings.current)) {
        if ((await this.budgets.find(budgetId)) === null) this.logger.warn(warningOf(setting));
      }
    } catch {
      // The database is closed or away; the first call that needs a budget finds out.
    }
  }
}

function warningOf(setting: string): string {
  return `${setting}: names a budget that does not exist; what needs it is refused with budget_missing until POST /budget/new makes it`;
}
