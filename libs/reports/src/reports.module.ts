import { Module } from '@nestjs/common';
import { KeysModule } from '#libs/keys';
import { SpendModule } from '#libs/spend';
import { TeamsModule } from '#libs/teams';
import { UsersModule } from '#libs/users';
import { CostController } from './cost.controller.js';
import { DailyActivityController } from './daily-activity.controller.js';
import { DailyActivity } from './daily-activity.service.js';
import { GlobalActivityController } from './global-activity.controller.js';
import { GlobalSpendController } from './global-spend.controller.js';
import { ReportScope } from './report-scope.service.js';
import { SpendListsController } from './spend-lists.controller.js';
import { SpendLogsPagesController } from './spend-logs-pages.controller.js';
import { SpendReportController } from './spend-report.controller.js';
import { SpendReports } from './spend-report.service.js';

/** Reports on spend. */
@Module({
  imports: [KeysModule, SpendModule, TeamsModule, UsersModule],
  controllers: [
    SpendReportController,
    DailyActivityController,
    GlobalSpendController,
    GlobalActivityController,
    SpendListsController,
    CostController,
    SpendLogsPagesController,
  ],
  providers: [DailyActivity, ReportScope, SpendReports],
})
class ReportsModule {}

/** The module of this library, for the composition root. */
export const REPORTS_LIBRARY = { module: ReportsModule, entities: [] };
