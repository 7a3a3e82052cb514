import { Body, Controller, Get, HttpCode, Post, Query, UseInterceptors } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, mayReadEverything, Permission, type AccessContext } from '#libs/access';
import { Clock, formatUsd } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { KeysService } from '#libs/keys';
import { SpendCube, type CubeDimension } from '#libs/spend';
import { sumOf } from './activity-metrics.js';
import {
  EndUserSpendRequest,
  globalFilterOf,
  GLOBAL_SPEND,
  LargestSpendRequest,
} from './global-spend.request.js';
import { daysOf, listOf, ReportDaysRequest } from './report-days.request.js';
import { ReportFormatRequest } from './report-format.js';
import { ReportLists, type List } from './report-lists.service.js';
import { ReportOutput } from './report-output.interceptor.js';
import { jsonRowOf, onePage, Report, type TableRow } from './report.js';
import { TeamSpend } from './team-spend.service.js';

const DEFAULT_LIMIT = 100;
const MAX_TAG_NAMES = 10_000;

/** Spend of the whole gateway, or of the organisations that the caller administers, in LiteLLM's shapes. Without dates the last 30 days count. */
@ApiTags('spend')
@ApiBearerAuth()
@UseInterceptors(ReportOutput)
@Controller('global/spend')
export class GlobalSpendController {
  constructor(
    private readonly cube: SpendCube,
    private readonly keys: KeysService,
    private readonly teams: TeamSpend,
    private readonly lists: ReportLists,
    private readonly clock: Clock,
    private readonly settings: SettingsStore,
  ) {}

  /** Everything that was ever spent. */
  @Get()
  @Permission(GLOBAL_SPEND)
  @ApiOperation({ summary: 'Spend of the gateway', operationId: 'getGlobalSpend' })
  @ApiOkResponse({ description: '`{spend, max_budget}`; `max_budget` is null without one.' })
  async total(
    @Query() _request: ReportFormatRequest,
    @Access() access: AccessContext,
  ): Promise<Report> {
    const { budgets = [] } = this.settings.current.budgets.gateway;
    const [budget] = mayReadEverything(access) ? budgets : [];
    const filter = await this.lists.visible(access, {});
    const row = async (): Promise<TableRow> => ({
      spend: formatUsd(sumOf(await this.cube.sums({ groupBy: ['provider'], filter })).spend),
      max_budget: budget?.maxBudget ?? null,
    });
    const columns = { spend: 'usd', max_budget: 'usd' } as const;
    return new Report(async () => jsonRowOf(columns, await row()), {
      name: 'global-spend',
      columns,
      pages: () => onePage(row().then((one) => [one])),
    });
  }

  /** The keys that spent most. */
  @Get('keys')
  @Permission(GLOBAL_SPEND)
  @ApiOperation({ summary: 'Keys that spent most', operationId: 'listGlobalSpendByKey' })
  @ApiOkResponse({ description: '`[{api_key, key_alias, key_name, total_spend}]`' })
  async byKey(
    @Query() request: LargestSpendRequest,
    @Access() access: AccessContext,
  ): Promise<Report> {
    return this.largest(
      'key',
      { request, access },
      {
        columns: { api_key: 'text', key_alias: 'text', key_name: 'text', total_spend: 'usd' },
        rowsOf: (rows) =>
          Promise.all(
            rows.map(async ({ values: [id = ''], spend }) => {
              const alias = (await this.keys.find(id))?.grant.alias ?? null;
              return { api_key: id, key_alias: alias, key_name: alias, total_spend: spend };
            }),
          ),
      },
    );
  }

  /** What teams spent on each day and altogether. */
  @Get('teams')
  @Permission(GLOBAL_SPEND)
  @ApiOperation({ summary: 'Spend of teams', operationId: 'listGlobalSpendByTeam' })
  @ApiOkResponse({ description: '`{daily_spend, teams, total_spend_per_team}`' })
  async byTeam(
    @Query() request: ReportDaysRequest,
    @Access() access: AccessContext,
  ): Promise<Report> {
    const days = daysOf(request, this.clock.now());
    return this.teams.report({ ...days, filter: await this.lists.visible(access, {}) });
  }

  /** The models that cost most. */
  @Get('models')
  @Permission(GLOBAL_SPEND)
  @ApiOperation({ summary: 'Models that cost most', operationId: 'listGlobalSpendByModel' })
  @ApiOkResponse({ description: '`[{model, total_spend}]`' })
  async byModel(
    @Query() request: LargestSpendRequest,
    @Access() access: AccessContext,
  ): Promise<Report> {
    return this.largest(
      'model',
      { request, access },
      {
        columns: { model: 'text', total_spend: 'usd' },
        rowsOf: (rows) =>
          rows.map(({ values, spend }) => ({ model: values[0] ?? '', total_spend: spend })),
      },
    );
  }

  /** What each provider cost. */
  @Get('provider')
  @Permission(GLOBAL_SPEND)
  @ApiOperation({ summary: 'Spend by provider', operationId: 'listGlobalSpendByProvider' })
  @ApiOkResponse({ description: '`[{provider, spend}]`' })
  async byProvider(
    @Query() request: LargestSpendRequest,
    @Access() access: AccessContext,
  ): Promise<Report> {
    return this.largest(
      'provider',
      { request, access },
      {
        columns: { provider: 'text', spend: 'usd' },
        rowsOf: (rows) => rows.map(({ values, spend }) => ({ provider: values[0] ?? '', spend })),
      },
    );
  }

  /** What was spent under each tag. */
  @Get('tags')
  @Permission(GLOBAL_SPEND)
  @ApiOperation({ summary: 'Spend by tag', operationId: 'listGlobalSpendByTag' })
  @ApiOkResponse({ description: '`{spend_per_tag: [{name, spend, log_count}]}`' })
  async byTag(
    @Query() request: LargestSpendRequest,
    @Access() access: AccessContext,
  ): Promise<Report> {
    return this.largest(
      'tag',
      { request, access },
      {
        columns: { name: 'text', spend: 'usd', log_count: 'number' },
        rowsOf: (rows) =>
          rows.map(({ values, spend, requests }) => ({
            name: values[0] ?? '',
            spend,
            log_count: requests,
          })),
        frame: (rows) => ({ spend_per_tag: rows }),
      },
    );
  }

  /** The names of all tags that requests ever had, at most 10,000. */
  @Get('all_tag_names')
  @Permission(GLOBAL_SPEND)
  @ApiOperation({ summary: 'Names of tags', operationId: 'listTagNames' })
  @ApiOkResponse({ description: '`{tag_names: […]}`' })
  async tagNames(
    @Query() _request: ReportFormatRequest,
    @Access() access: AccessContext,
  ): Promise<Report> {
    const filter = await this.lists.visible(access, {});
    const names = async (): Promise<readonly string[]> =>
      mayReadEverything(access)
        ? this.cube.names('tag', MAX_TAG_NAMES)
        : (await this.cube.largest('tag', { filter }, MAX_TAG_NAMES)).values.toSorted();
    return new Report(async () => ({ tag_names: await names() }), {
      name: 'tag-names',
      columns: { name: 'text' },
      pages: () => onePage(names().then((all) => all.map((name) => ({ name })))),
    });
  }

  /** What was spent on each day. */
  @Get('logs')
  @Permission(GLOBAL_SPEND)
  @ApiOperation({ summary: 'Spend by day', operationId: 'listGlobalSpendByDay' })
  @ApiOkResponse({ description: '`[{date, spend}]`' })
  async byDay(
    @Query() request: LargestSpendRequest,
    @Access() access: AccessContext,
  ): Promise<Report> {
    const days = daysOf(request, this.clock.now());
    const filter = await this.lists.visible(access, globalFilterOf(request));
    return this.lists.inOrder(
      { ...days, groupBy: ['day'], filter },
      {
        name: 'global-spend-by-day',
        columns: { date: 'text', spend: 'usd' },
        rowsOf: (rows) => rows.map(({ values, spend }) => ({ date: values[0] ?? '', spend })),
      },
    );
  }

  /** The customers that cost most. */
  @Post('end_users')
  @HttpCode(200)
  @Permission(GLOBAL_SPEND)
  @ApiOperation({ summary: 'Customers that cost most', operationId: 'listGlobalSpendByEndUser' })
  @ApiOkResponse({ description: '`[{end_user, total_count, total_spend}]`' })
  async byEndUser(
    @Body() request: EndUserSpendRequest,
    @Access() access: AccessContext,
  ): Promise<Report> {
    const { startTime, endTime, api_key } = request;
    const asked = {
      ...(startTime === undefined || startTime === null ? {} : { start_date: startTime }),
      ...(endTime === undefined || endTime === null ? {} : { end_date: endTime }),
      ...(api_key === undefined || api_key === null ? {} : { api_key }),
    };
    return this.largest(
      'end_user',
      { request: asked, access },
      {
        columns: { end_user: 'text', total_count: 'number', total_spend: 'usd' },
        rowsOf: (rows) =>
          rows.map(({ values, spend, requests }) => ({
            end_user: values[0] ?? '',
            total_count: requests,
            total_spend: spend,
          })),
      },
    );
  }

  private async largest(
    dimension: Exclude<CubeDimension, 'day'>,
    { request, access }: { readonly request: LargestSpendRequest; readonly access: AccessContext },
    list: Omit<List, 'name'>,
  ): Promise<Report> {
    const tags = listOf(request.tags, 'tags');
    const asked = { ...globalFilterOf(request), ...(tags === undefined ? {} : { tag: tags }) };
    const query = {
      ...daysOf(request, this.clock.now()),
      groupBy: [dimension],
      filter: await this.lists.visible(access, asked),
      only: dimension,
    };
    const limit = { stated: request.limit, usual: DEFAULT_LIMIT };
    return this.lists.largest(query, limit, { name: `global-spend-by-${dimension}`, ...list });
  }
}
