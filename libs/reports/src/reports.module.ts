import { Module } from '@nestjs/common';
import { KeysModule } from '#libs/keys';
import { OrganizationsModule } from '#libs/orgs';
import { SpendModule } from '#libs/spend';
import { TeamsModule } from '#libs/teams';
import { UsersModule } from '#libs/users';
import { ActivityFiles } from './activity-files.service.js';
import { ActivityLabels } from './activity-labels.service.js';
import { ActivityQueries } from './activity-queries.service.js';
import { AggregatedActivityController } from './aggregated-activity.controller.js';
import { CostController } from './cost.controller.js';
import { DailyActivityController } from './daily-activity.controller.js';
import { DailyActivity } from './daily-activity.service.js';
import { GlobalActivityController } from './global-activity.controller.js';
import { GlobalReportController } from './global-report.controller.js';
import { GlobalSpendController } from './global-spend.controller.js';
import { ReportLists } from './report-lists.service.js';
import { ReportScope } from './report-scope.service.js';
import { SpendListsController } from './spend-lists.controller.js';
import { SpendLogsController } from './spend-logs.controller.js';
import { SpendLogsPagesController } from './spend-logs-pages.controller.js';
import { SpendReportController } from './spend-report.controller.js';
import { SpendReports } from './spend-report.service.js';
import { TeamSpend } from './team-spend.service.js';

/** Reports on spend. */
@Module({
  imports: [KeysModule, OrganizationsModule, SpendModule, TeamsModule, UsersModule],
  controllers: [
    SpendReportController,
    DailyActivityController,
    AggregatedActivityController,
    GlobalSpendController,
    GlobalReportController,
    GlobalActivityController,
    SpendListsController,
    CostController,
    SpendLogsController,
    SpendLogsPagesController,
  ],
  providers: [
    ActivityFiles,
    ActivityLabels,
    ActivityQueries,
    DailyActivity,
    ReportLists,
    ReportScope,
    SpendReports,
    TeamSpend,
  ],
})
class ReportsModule {}

/** The module of this library, for the composition root. */
export const REPORTS_LIBRARY = { module: ReportsModule, entities: [] };
