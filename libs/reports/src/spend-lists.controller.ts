import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { Access, OptionalIdentity, Permission, type AccessContext } from '#libs/access';
import { parseUsd, usdNumber } from '#libs/common';
import { KeysService } from '#libs/keys';
import { SpendCube, SpendTotals, type CubeFilter, type SpendTotal } from '#libs/spend';
import { UsersService } from '#libs/users';
import { ReportDaysRequest } from './report-days.request.js';
import { ReportScope } from './report-scope.service.js';

const MAX_ROWS = 1_000;

/** Query of `GET /spend/users`. */
class SpendUsersRequest {
  @OptionalIdentity()
  user_id?: string;
}

/** Lists by spend, the largest first, 1,000 rows at most. Administrators see everything, others their own. */
@ApiTags('spend')
@ApiBearerAuth()
@Controller('spend')
export class SpendListsController {
  constructor(
    private readonly cube: SpendCube,
    private readonly totals: SpendTotals,
    private readonly keys: KeysService,
    private readonly users: UsersService,
    private readonly scope: ReportScope,
  ) {}

  /** What virtual keys have spent. */
  @Get('keys')
  @Permission({ group: 'spend_tracking_routes', refusals: ['report_timeout'] })
  @ApiOperation({ summary: 'Virtual keys by spend', operationId: 'listSpendByKey' })
  @ApiOkResponse({
    description: '`[{token, key_alias, user_id, team_id, organization_id, spend}]`',
  })
  async byKey(@Access() access: AccessContext): Promise<object[]> {
    const rows = await this.largest('key', await this.scope.confine(access, {}));
    return Promise.all(
      rows.map(async ({ id: token, spend }) => {
        const key = await this.keys.find(token);
        return {
          token,
          key_alias: key?.grant.alias ?? null,
          user_id: key?.userId ?? null,
          team_id: key?.teamId ?? null,
          organization_id: key?.organizationId ?? null,
          spend: usdNumber(parseUsd(spend)),
        };
      }),
    );
  }

  /**
   * What users have spent.
   * @throws GatehouseError `route_not_allowed` when an ordinary caller asks for another user
   */
  @Get('users')
  @Permission({ group: 'spend_tracking_routes', refusals: ['report_timeout'] })
  @ApiOperation({ summary: 'Users by spend', operationId: 'listSpendByUser' })
  @ApiOkResponse({ description: '`[{user_id, user_email, user_alias, spend}]`' })
  async byUser(
    @Query() request: SpendUsersRequest,
    @Access() access: AccessContext,
  ): Promise<object[]> {
    const asked = request.user_id === undefined ? {} : { user: [request.user_id] };
    const rows = await this.largest('user', await this.scope.confine(access, asked));
    const found = await this.users.listByIds(rows.map(({ id }) => id));
    const byId = new Map(found.map((user) => [user.userId, user]));
    return rows.map(({ id, spend }) => ({
      user_id: id,
      user_email: byId.get(id)?.email ?? null,
      user_alias: byId.get(id)?.alias ?? null,
      spend: usdNumber(parseUsd(spend)),
    }));
  }

  /** What was spent under each tag. A request counts once for each of its tags. */
  @Get('tags')
  @Permission({ group: 'spend_tracking_routes', refusals: ['report_timeout'] })
  @ApiOperation({ summary: 'Tags by spend', operationId: 'listSpendByTag' })
  @ApiOkResponse({ description: '`[{individual_request_tag, log_count, total_spend}]`' })
  async byTag(
    @Query() { start_date: from, end_date: to }: ReportDaysRequest,
    @Access() access: AccessContext,
  ): Promise<object[]> {
    const filter = await this.scope.confine(access, {});
    const rows = await this.cube.sums({
      groupBy: ['tag'],
      filter,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      order: 'spend',
      limit: MAX_ROWS,
    });
    return rows.map(({ values, requests, spend }) => ({
      individual_request_tag: values[0],
      log_count: requests,
      total_spend: usdNumber(parseUsd(spend)),
    }));
  }

  /** Since ever: everybody's spend has its totals, what is part of it is added up. */
  private async largest(
    dimension: 'key' | 'user',
    filter: CubeFilter,
  ): Promise<readonly SpendTotal[]> {
    if (Object.keys(filter).length === 0) return this.totals.largest(dimension, MAX_ROWS);
    const groupBy = [dimension];
    const query = { groupBy, filter, only: dimension, limit: MAX_ROWS } as const;
    const rows = await this.cube.sums({ ...query, order: 'spend' });
    return rows.map(({ values: [id = ''], spend }) => ({ id, spend }));
  }
}
