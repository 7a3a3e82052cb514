import { Body, Controller, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Permission, type HandlerPermission } from '#libs/access';
import { Clock, parseUsd, usdNumber } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { KeysService } from '#libs/keys';
import {
  sendJsonParts,
  SpendCube,
  type CubeDimension,
  type CubeFilter,
  type CubeRow,
  type CubeScope,
} from '#libs/spend';
import { TeamsService } from '#libs/teams';
import { sumOf } from './activity-metrics.js';
import { dayReportParts, NO_TEAM, reportBySubject } from './global-report.js';
import {
  EndUserSpendRequest,
  GlobalReportRequest,
  LargestSpendRequest,
} from './global-spend.request.js';
import { daysOf, listOf, requiredDaysOf, ReportDaysRequest } from './report-days.request.js';

const DEFAULT_LIMIT = 100;
const MAX_TAG_NAMES = 10_000;
/** Whose spend is everybody's: administrators and their viewers alone see it. */
const EVERYTHING: HandlerPermission = {
  group: 'global_spend_tracking_routes',
  role: 'proxy_admin_viewer',
  refusals: ['report_timeout'],
};

/** Spend of the whole gateway, in LiteLLM's shapes. Without dates the last 30 days count. */
@ApiTags('spend')
@ApiBearerAuth()
@Controller('global/spend')
export class GlobalSpendController {
  constructor(
    private readonly cube: SpendCube,
    private readonly keys: KeysService,
    private readonly teams: TeamsService,
    private readonly clock: Clock,
    private readonly settings: SettingsStore,
  ) {}

  /** Everything that was ever spent. */
  @Get()
  @Permission(EVERYTHING)
  @ApiOperation({ summary: 'Spend of the gateway', operationId: 'getGlobalSpend' })
  @ApiOkResponse({ description: '`{spend, max_budget}`; `max_budget` is null without one.' })
  async total(): Promise<{ spend: number; max_budget: number | null }> {
    const rows = await this.cube.sums({ groupBy: ['provider'] });
    const [budget] = this.settings.current.budgets.gateway.budgets ?? [];
    return {
      spend: usdNumber(sumOf(rows).spend),
      max_budget: budget === undefined ? null : usdNumber(parseUsd(budget.maxBudget)),
    };
  }

  /**
   * Spend by day and team or customer, or by key or user, with its models.
   * @throws GatehouseError `request_invalid`, `report_timeout`, `database_unavailable`
   */
  @Get('report')
  @Permission(EVERYTHING)
  @ApiOperation({
    summary: 'Spend by team, customer, key or user',
    operationId: 'reportGlobalSpend',
  })
  @ApiOkResponse({ description: 'A list in the shape of the group, as in LiteLLM.' })
  async report(@Query() request: GlobalReportRequest, @Res() response: Response): Promise<void> {
    const { group_by: group = 'team' } = request;
    const query = { filter: filterOf(request), ...requiredDaysOf(request, this.clock.now()) };
    if (group === 'team' || group === 'customer') {
      const rows = await (group === 'team'
        ? this.cube.subjects({
            ...query,
            subject: 'team',
            member: 'team_name',
            names: await this.teamsOf(query),
          })
        : this.cube.subjects({
            ...query,
            subject: 'end_user',
            member: 'customer',
            names: new Map(),
          }));
      await sendJsonParts(response, dayReportParts(rows, `${group}s`));
      return;
    }
    const dimension = group === 'api_key' ? 'key' : 'user';
    const rows = await this.cube.sums({ ...query, groupBy: [dimension, 'model'], only: dimension });
    response.json(reportBySubject(rows, group));
  }

  /** The keys that spent most. */
  @Get('keys')
  @Permission(EVERYTHING)
  @ApiOperation({ summary: 'Keys that spent most', operationId: 'listGlobalSpendByKey' })
  @ApiOkResponse({ description: '`[{api_key, key_alias, key_name, total_spend}]`' })
  async byKey(@Query() request: LargestSpendRequest): Promise<object[]> {
    const rows = await this.largest('key', request);
    return Promise.all(
      rows.map(async (row) => {
        const id = row.values[0] ?? '';
        const alias = (await this.keys.find(id))?.grant.alias ?? null;
        return { api_key: id, key_alias: alias, key_name: alias, total_spend: amount(row) };
      }),
    );
  }

  /** What teams spent on each day and altogether. */
  @Get('teams')
  @Permission(EVERYTHING)
  @ApiOperation({ summary: 'Spend of teams', operationId: 'listGlobalSpendByTeam' })
  @ApiOkResponse({ description: '`{daily_spend, teams, total_spend_per_team}`' })
  async byTeam(@Query() request: ReportDaysRequest): Promise<object> {
    const days = daysOf(request, this.clock.now());
    const groupBy: CubeDimension[] = ['day', 'team'];
    const rows = await this.cube.sums({ ...days, groupBy, only: 'team' });
    const byTeam = Map.groupBy(rows, ({ values }) => values[1] ?? '');
    const names = await this.teamNames([...byTeam.keys()]);
    const daily = [...Map.groupBy(rows, ({ values }) => values[0] ?? '')].map(([date, ofDay]) => ({
      ...(Object.fromEntries(
        ofDay.map((row) => [names.get(row.values[1] ?? ''), amount(row)]),
      ) as Record<string, number>),
      date,
    }));
    const totals = [...byTeam]
      .map(([id, ofTeam]) => ({ id, spend: sumOf(ofTeam).spend }))
      .sort((a, b) => (a.spend < b.spend ? 1 : -1));
    return {
      daily_spend: daily,
      teams: totals.map(({ id }) => names.get(id) ?? id),
      total_spend_per_team: totals.map(({ id, spend }) => ({
        team_id: id,
        team_alias: names.get(id) ?? id,
        total_spend: usdNumber(spend),
      })),
    };
  }

  /** The models that cost most. */
  @Get('models')
  @Permission(EVERYTHING)
  @ApiOperation({ summary: 'Models that cost most', operationId: 'listGlobalSpendByModel' })
  @ApiOkResponse({ description: '`[{model, total_spend}]`' })
  async byModel(@Query() request: LargestSpendRequest): Promise<object[]> {
    const rows = await this.largest('model', request);
    return rows.map((row) => ({ model: row.values[0], total_spend: amount(row) }));
  }

  /** What each provider cost. */
  @Get('provider')
  @Permission(EVERYTHING)
  @ApiOperation({ summary: 'Spend by provider', operationId: 'listGlobalSpendByProvider' })
  @ApiOkResponse({ description: '`[{provider, spend}]`' })
  async byProvider(@Query() request: LargestSpendRequest): Promise<object[]> {
    const rows = await this.largest('provider', request);
    return rows.map((row) => ({ provider: row.values[0], spend: amount(row) }));
  }

  /** What was spent under each tag. */
  @Get('tags')
  @Permission(EVERYTHING)
  @ApiOperation({ summary: 'Spend by tag', operationId: 'listGlobalSpendByTag' })
  @ApiOkResponse({ description: '`{spend_per_tag: [{name, spend, log_count}]}`' })
  async byTag(@Query() request: LargestSpendRequest): Promise<object> {
    const rows = await this.largest('tag', request);
    return {
      spend_per_tag: rows.map((row) => ({
        name: row.values[0],
        spend: amount(row),
        log_count: row.requests,
      })),
    };
  }

  /** The names of all tags that requests ever had, at most 10,000. */
  @Get('all_tag_names')
  @Permission(EVERYTHING)
  @ApiOperation({ summary: 'Names of tags', operationId: 'listTagNames' })
  @ApiOkResponse({ description: '`{tag_names: […]}`' })
  async tagNames(): Promise<{ tag_names: string[] }> {
    return { tag_names: await this.cube.names('tag', MAX_TAG_NAMES) };
  }

  /** What was spent on each day. */
  @Get('logs')
  @Permission(EVERYTHING)
  @ApiOperation({ summary: 'Spend by day', operationId: 'listGlobalSpendByDay' })
  @ApiOkResponse({ description: '`[{date, spend}]`' })
  async byDay(@Query() request: LargestSpendRequest): Promise<object[]> {
    const days = daysOf(request, this.clock.now());
    const rows = await this.cube.sums({ ...days, groupBy: ['day'], filter: filterOf(request) });
    return rows.map((row) => ({ date: row.values[0], spend: amount(row) }));
  }

  /** The customers that cost most. */
  @Post('end_users')
  @HttpCode(200)
  @Permission(EVERYTHING)
  @ApiOperation({ summary: 'Customers that cost most', operationId: 'listGlobalSpendByEndUser' })
  @ApiOkResponse({ description: '`[{end_user, total_count, total_spend}]`' })
  async byEndUser(@Body() request: EndUserSpendRequest): Promise<object[]> {
    const { startTime, endTime, api_key } = request;
    const rows = await this.largest('end_user', {
      ...(startTime === undefined || startTime === null ? {} : { start_date: startTime }),
      ...(endTime === undefined || endTime === null ? {} : { end_date: endTime }),
      ...(api_key === undefined || api_key === null ? {} : { api_key }),
    });
    return rows.map((row) => ({
      end_user: row.values[0],
      total_count: row.requests,
      total_spend: amount(row),
    }));
  }

  private largest(
    dimension: Exclude<CubeDimension, 'day'>,
    request: LargestSpendRequest,
  ): Promise<CubeRow[]> {
    const tags = listOf(request.tags, 'tags');
    return this.cube.sums({
      ...daysOf(request, this.clock.now()),
      groupBy: [dimension],
      filter: { ...filterOf(request), ...(tags === undefined ? {} : { tag: tags }) },
      only: dimension,
      order: 'spend',
      limit: request.limit ?? DEFAULT_LIMIT,
    });
  }

  /** Names of the teams of a report. */
  private async teamsOf(scope: CubeScope): Promise<ReadonlyMap<string, string>> {
    const rows = await this.cube.sums({ ...scope, groupBy: ['team'] });
    const names = await this.teamNames(rows.map(({ values }) => values[0] ?? ''));
    return new Map([...names, ['', NO_TEAM]]);
  }

  /** Aliases of teams by id; the id where a team has none, or is gone. */
  private async teamNames(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const known = [...new Set(ids)].filter((id) => id !== '');
    const teams = await Promise.all(known.map((id) => this.teams.find(id)));
    return new Map(known.map((id, index) => [id, teams[index]?.alias ?? id]));
  }
}

function amount({ spend }: CubeRow): number {
  return usdNumber(parseUsd(spend));
}

/** The filters of global reports; those that a request does not have are absent. */
function filterOf(
  request: Partial<
    Pick<GlobalReportRequest, 'api_key' | 'internal_user_id' | 'team_id' | 'customer_id'>
  >,
): CubeFilter {
  const { api_key, internal_user_id, team_id, customer_id } = request;
  return {
    ...(api_key === undefined ? {} : { key: [api_key] }),
    ...(internal_user_id === undefined ? {} : { user: [internal_user_id] }),
    ...(team_id === undefined ? {} : { team: [team_id] }),
    ...(customer_id === undefined ? {} : { end_user: [customer_id] }),
  };
}
