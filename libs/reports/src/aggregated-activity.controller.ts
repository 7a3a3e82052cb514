import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags, OmitType } from '@nestjs/swagger';
import type { Response } from 'express';
import { Access, Permission, type AccessContext } from '#libs/access';
import { sendJsonParts } from '#libs/spend';
import { ActivityQueries } from './activity-queries.service.js';
import { DailyActivityRequest, type ActivityEntity } from './daily-activity.request.js';
import { DailyActivity } from './daily-activity.service.js';

const RESPONSE = { description: 'LiteLLM’s `{results, metadata}` on one page.' };

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
  @Get('user/daily/activity/aggregated')
  @Permission({ group: 'management_routes', refusals: ['report_timeout'] })
  @ApiOperation({
    summary: 'Activity of users, all days at once',
    operationId: 'getAggregatedUserActivity',
  })
  @ApiOkResponse(RESPONSE)
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
  @Get('team/daily/activity/aggregated')
  @Permission({ group: 'management_routes', refusals: ['report_timeout'] })
  @ApiOperation({
    summary: 'Activity of teams, all days at once',
    operationId: 'getAggregatedTeamActivity',
  })
  @ApiOkResponse(RESPONSE)
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
  @Get('organization/daily/activity/aggregated')
  @Permission({
    group: 'management_routes',
    role: 'proxy_admin_viewer',
    refusals: ['report_timeout'],
  })
  @ApiOperation({
    summary: 'Activity of organisations, all days at once',
    operationId: 'getAggregatedOrganizationActivity',
  })
  @ApiOkResponse(RESPONSE)
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
  @Get(['customer/daily/activity/aggregated', 'end_user/daily/activity/aggregated'])
  @Permission({
    group: 'management_routes',
    role: 'proxy_admin_viewer',
    refusals: ['report_timeout'],
  })
  @ApiOperation({
    summary: 'Activity of customers, all days at once',
    operationId: 'getAggregatedCustomerActivity',
  })
  @ApiOkResponse(RESPONSE)
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
  @Get('tag/daily/activity/aggregated')
  @Permission({ group: 'spend_tracking_routes', refusals: ['report_timeout'] })
  @ApiOperation({
    summary: 'Activity by tag, all days at once',
    operationId: 'getAggregatedTagActivity',
  })
  @ApiOkResponse(RESPONSE)
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
