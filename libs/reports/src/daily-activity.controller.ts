import { Controller, Query, UseInterceptors } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { Access, type AccessContext } from '#libs/access';
import { ActivityFiles } from './activity-files.service.js';
import { ActivityRoute } from './activity-route.decorator.js';
import { ActivityQueries } from './activity-queries.service.js';
import { DailyActivityRequest, type ActivityEntity } from './daily-activity.request.js';
import { DailyActivity } from './daily-activity.service.js';
import { JsonParts, Report } from './report.js';
import { ReportOutput } from './report-output.interceptor.js';

const DEFAULT_DAYS_OF_PAGE = 10;

/** Daily activity of users, teams, organisations, customers and tags, in LiteLLM's frame. */
@ApiTags('spend')
@ApiBearerAuth()
@UseInterceptors(ReportOutput)
@Controller()
export class DailyActivityController {
  constructor(
    private readonly activity: DailyActivity,
    private readonly queries: ActivityQueries,
    private readonly files: ActivityFiles,
  ) {}

  /**
   * Activity of all users; others than administrators see their own.
   * @throws GatehouseError `request_invalid`, `report_timeout`, `database_unavailable`
   */
  @ActivityRoute('user', 'daily')
  ofUsers(
    @Query() request: DailyActivityRequest,
    @Access() access: AccessContext,
  ): Promise<Report> {
    return this.report('user', request, access);
  }

  /**
   * Activity of teams. Administrators of a team see all of it, members their own part.
   * @throws GatehouseError `request_invalid`, `report_timeout`, `database_unavailable`
   */
  @ActivityRoute('team', 'daily')
  ofTeams(
    @Query() request: DailyActivityRequest,
    @Access() access: AccessContext,
  ): Promise<Report> {
    return this.report('team', request, access);
  }

  /**
   * Activity of organisations.
   * @throws GatehouseError `request_invalid`, `report_timeout`, `database_unavailable`
   */
  @ActivityRoute('organization', 'daily')
  ofOrganizations(
    @Query() request: DailyActivityRequest,
    @Access() access: AccessContext,
  ): Promise<Report> {
    return this.report('organization', request, access);
  }

  /**
   * Activity of customers (end users).
   * @throws GatehouseError `request_invalid`, `report_timeout`, `database_unavailable`
   */
  @ActivityRoute('end_user', 'daily')
  ofCustomers(
    @Query() request: DailyActivityRequest,
    @Access() access: AccessContext,
  ): Promise<Report> {
    return this.report('end_user', request, access);
  }

  /**
   * Activity by tag; others than administrators see their own. A request counts once for each of its tags.
   * @throws GatehouseError `request_invalid`, `report_timeout`, `database_unavailable`
   */
  @ActivityRoute('tag', 'daily')
  ofTags(@Query() request: DailyActivityRequest, @Access() access: AccessContext): Promise<Report> {
    return this.report('tag', request, access);
  }

  private async report(
    entity: ActivityEntity,
    request: DailyActivityRequest,
    access: AccessContext,
  ): Promise<Report> {
    const { page = 1, page_size: size = DEFAULT_DAYS_OF_PAGE } = request;
    const query = await this.queries.of(entity, request, access);
    return new Report(
      async () => new JsonParts(await this.activity.page(query, page, size)),
      this.files.of(query),
    );
  }
}
