import { Controller, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiTags, OmitType } from '@nestjs/swagger';
import type { Response } from 'express';
import { Access, type AccessContext } from '#libs/access';
import { sendJsonParts } from '#libs/spend';
import { ActivityRoute } from './activity-route.decorator.js';
import { ActivityQueries } from './activity-queries.service.js';
import { DailyActivityRequest, type ActivityEntity } from './daily-activity.request.js';
import { DailyActivity } from './daily-activity.service.js';

/** Query of an activity that has no pages. */
class AggregatedActivityRequest extends OmitType(DailyActivityRequest, ['page', 'page_size']) {}

/** Daily activity with every day at once, in LiteLLM's frame. */
@ApiTags('spend')
@ApiBearerAuth()
@Controller()
export class AggregatedActivityController {
  constructor(
    private readonly activity: DailyActivity,
    private readonly queries: ActivityQueries,
  ) {}

  /**
   * Activity of all users; others than administrators see their own.
   * @throws GatehouseError `request_invalid`, `report_timeout`, `database_unavailable`
   */
  @ActivityRoute('user', 'aggregated')
  ofUsers(
    @Query() request: AggregatedActivityRequest,
    @Access() access: AccessContext,
    @Res() response: Response,
  ): Promise<void> {
    return this.send('user', request, access, response);
  }

  /**
   * Activity of teams. Administrators of a team see all of it, members their own part.
   * @throws GatehouseError `request_invalid`, `report_timeout`, `database_unavailable`
   */
  @ActivityRoute('team', 'aggregated')
  ofTeams(
    @Query() request: AggregatedActivityRequest,
    @Access() access: AccessContext,
    @Res() response: Response,
  ): Promise<void> {
    return this.send('team', request, access, response);
  }

  /**
   * Activity of organisations.
   * @throws GatehouseError `request_invalid`, `report_timeout`, `database_unavailable`
   */
  @ActivityRoute('organization', 'aggregated')
  ofOrganizations(
    @Query() request: AggregatedActivityRequest,
    @Access() access: AccessContext,
    @Res() response: Response,
  ): Promise<void> {
    return this.send('organization', request, access, response);
  }

  /**
   * Activity of customers (end users).
   * @throws GatehouseError `request_invalid`, `report_timeout`, `database_unavailable`
   */
  @ActivityRoute('end_user', 'aggregated')
  ofCustomers(
    @Query() request: AggregatedActivityRequest,
    @Access() access: AccessContext,
    @Res() response: Response,
  ): Promise<void> {
    return this.send('end_user', request, access, response);
  }

  /**
   * Activity by tag; others than administrators see their own.
   * @throws GatehouseError `request_invalid`, `report_timeout`, `database_unavailable`
   */
  @ActivityRoute('tag', 'aggregated')
  ofTags(
    @Query() request: AggregatedActivityRequest,
    @Access() access: AccessContext,
    @Res() response: Response,
  ): Promise<void> {
    return this.send('tag', request, access, response);
  }

  private async send(
    entity: ActivityEntity,
    request: AggregatedActivityRequest,
    access: AccessContext,
    response: Response,
  ): Promise<void> {
    const query = await this.queries.of(entity, request, access);
    await sendJsonParts(response, await this.activity.aggregated(query));
  }
}
