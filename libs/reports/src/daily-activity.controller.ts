import { Controller, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Access, type AccessContext } from '#libs/access';
import { sendJsonParts } from '#libs/spend';
import { ActivityRoute } from './activity-route.decorator.js';
import { ActivityQueries } from './activity-queries.service.js';
import { DailyActivityRequest, type ActivityEntity } from './daily-activity.request.js';
import { DailyActivity } from './daily-activity.service.js';

const DEFAULT_DAYS_OF_PAGE = 10;

interface ActivityExchange {
  readonly request: DailyActivityRequest;
  readonly access: AccessContext;
  readonly response: Response;
}

/** Daily activity of users, teams, organisations, customers and tags, in LiteLLM's frame. */
@ApiTags('spend')
@ApiBearerAuth()
@Controller()
export class DailyActivityController {
  constructor(
    private readonly activity: DailyActivity,
    private readonly queries: ActivityQueries,
  ) {}

  /**
   * Activity of all users; others than administrators see their own.
   * @throws GatehouseError `request_invalid`, `report_timeout`, `database_unavailable`
   */
  @ActivityRoute('user', 'daily')
  ofUsers(
    @Query() request: DailyActivityRequest,
    @Access() access: AccessContext,
    @Res() response: Response,
  ): Promise<void> {
    return this.page('user', { request, access, response });
  }

  /**
   * Activity of teams. Administrators of a team see all of it, members their own part.
   * @throws GatehouseError `request_invalid`, `report_timeout`, `database_unavailable`
   */
  @ActivityRoute('team', 'daily')
  ofTeams(
    @Query() request: DailyActivityRequest,
    @Access() access: AccessContext,
    @Res() response: Response,
  ): Promise<void> {
    return this.page('team', { request, access, response });
  }

  /**
   * Activity of organisations.
   * @throws GatehouseError `request_invalid`, `report_timeout`, `database_unavailable`
   */
  @ActivityRoute('organization', 'daily')
  ofOrganizations(
    @Query() request: DailyActivityRequest,
    @Access() access: AccessContext,
    @Res() response: Response,
  ): Promise<void> {
    return this.page('organization', { request, access, response });
  }

  /**
   * Activity of customers (end users).
   * @throws GatehouseError `request_invalid`, `report_timeout`, `database_unavailable`
   */
  @ActivityRoute('end_user', 'daily')
  ofCustomers(
    @Query() request: DailyActivityRequest,
    @Access() access: AccessContext,
    @Res() response: Response,
  ): Promise<void> {
    return this.page('end_user', { request, access, response });
  }

  /**
   * Activity by tag; others than administrators see their own. A request counts once for each of its tags.
   * @throws GatehouseError `request_invalid`, `report_timeout`, `database_unavailable`
   */
  @ActivityRoute('tag', 'daily')
  ofTags(
    @Query() request: DailyActivityRequest,
    @Access() access: AccessContext,
    @Res() response: Response,
  ): Promise<void> {
    return this.page('tag', { request, access, response });
  }

  private async page(
    entity: ActivityEntity,
    { request, access, response }: ActivityExchange,
  ): Promise<void> {
    const { page = 1, page_size: size = DEFAULT_DAYS_OF_PAGE } = request;
    const query = await this.queries.of(entity, request, access);
    await sendJsonParts(response, await this.activity.page(query, page, size));
  }
}
