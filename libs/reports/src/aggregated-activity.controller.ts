import { Controller, Query, UseInterceptors } from '@nestjs/common';
import { ApiBearerAuth, ApiTags, OmitType } from '@nestjs/swagger';
import { Access, type AccessContext } from '#libs/access';
import { ActivityFiles } from './activity-files.service.js';
import { ActivityRoute } from './activity-route.decorator.js';
import { ActivityQueries } from './activity-queries.service.js';
import { DailyActivityRequest, type ActivityEntity } from './daily-activity.request.js';
import { DailyActivity } from './daily-activity.service.js';
import { JsonParts, Report } from './report.js';
import { ReportOutput } from './report-output.interceptor.js';

/** Query of an activity that has no pages. */
class AggregatedActivityRequest extends OmitType(DailyActivityRequest, ['page', 'page_size']) {}

/** Daily activity with every day at once, in LiteLLM's frame. */
@ApiTags('spend')
@ApiBearerAuth()
@UseInterceptors(ReportOutput)
@Controller()
export class AggregatedActivityController {
  constructor(
    private readonly activity: DailyActivity,
    private readonly queries: ActivityQueries,
    private readonly files: ActivityFiles,
  ) {}

  /**
   * Activity of all users; others than administrators see their own.
   * @throws GatehouseError `request_invalid`, `report_timeout`, `database_unavailable`
   */
  @ActivityRoute('user', 'aggregated')
  ofUsers(
    @Query() request: AggregatedActivityRequest,
    @Access() access: AccessContext,
  ): Promise<Report> {
    return this.report('user', request, access);
  }

  /**
   * Activity of teams. Administrators of a team see all of it, members their own part.
   * @throws GatehouseError `request_invalid`, `report_timeout`, `database_unavailable`
   */
  @ActivityRoute('team', 'aggregated')
  ofTeams(
    @Query() request: AggregatedActivityRequest,
    @Access() access: AccessContext,
  ): Promise<Report> {
    return this.report('team', request, access);
  }

  /**
   * Activity of organisations.
   * @throws GatehouseError `request_invalid`, `report_timeout`, `database_unavailable`
   */
  @ActivityRoute('organization', 'aggregated')
  ofOrganizations(
    @Query() request: AggregatedActivityRequest,
    @Access() access: AccessContext,
  ): Promise<Report> {
    return this.report('organization', request, access);
  }

  /**
   * Activity of customers (end users).
   * @throws GatehouseError `request_invalid`, `report_timeout`, `database_unavailable`
   */
  @ActivityRoute('end_user', 'aggregated')
  ofCustomers(
    @Query() request: AggregatedActivityRequest,
    @Access() access: AccessContext,
  ): Promise<Report> {
    return this.report('end_user', request, access);
  }

  /**
   * Activity by tag; others than administrators see their own.
   * @throws GatehouseError `request_invalid`, `report_timeout`, `database_unavailable`
   */
  @ActivityRoute('tag', 'aggregated')
  ofTags(
    @Query() request: AggregatedActivityRequest,
    @Access() access: AccessContext,
  ): Promise<Report> {
    return this.report('tag', request, access);
  }

  private async report(
    entity: ActivityEntity,
    request: AggregatedActivityRequest,
    access: AccessContext,
  ): Promise<Report> {
    const query = await this.queries.of(entity, request, access);
    return new Report(
      async () => new JsonParts(await this.activity.aggregated(query)),
      this.files.of(query),
    );
  }
}
