import { Controller, Get, Query, UseInterceptors } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, Permission, type AccessContext } from '#libs/access';
import { Clock } from '#libs/common';
import { SpendCube, type CubeDimension, type CubeRow, type CubeScope } from '#libs/spend';
import { dayReportParts, reportBySubject } from './global-report.js';
import { GLOBAL_SPEND, globalFilterOf, GlobalReportRequest } from './global-spend.request.js';
import { requiredDaysOf } from './report-days.request.js';
import { ReportLists } from './report-lists.service.js';
import { ReportOutput } from './report-output.interceptor.js';
import { JsonParts, Report, type TableRow } from './report.js';
import { TeamSpend } from './team-spend.service.js';

/** The member with the subject of a row, and its dimension, by the groups of the report. */
const SUBJECTS = {
  team: { member: 'team_name', dimension: 'team' },
  customer: { member: 'customer', dimension: 'end_user' },
  api_key: { member: 'api_key', dimension: 'key' },
  internal_user_id: { member: 'internal_user_id', dimension: 'user' },
} as const;

type Group = keyof typeof SUBJECTS;

/** Spend of the whole gateway by day and subject, with models and keys, in LiteLLM's shapes. */
@ApiTags('spend')
@ApiBearerAuth()
@UseInterceptors(ReportOutput)
@Controller('global/spend')
export class GlobalReportController {
  constructor(
    private readonly cube: SpendCube,
    private readonly teams: TeamSpend,
    private readonly lists: ReportLists,
    private readonly clock: Clock,
  ) {}

  /**
   * Spend by day and team or customer, or by key or user, with its models.
   * @throws GatehouseError `request_invalid`, `report_timeout`, `database_unavailable`
   */
  @Get('report')
  @Permission(GLOBAL_SPEND)
  @ApiOperation({
    summary: 'Spend by team, customer, key or user',
    operationId: 'reportGlobalSpend',
  })
  @ApiOkResponse({ description: 'A list in the shape of the group, as in LiteLLM.' })
  async report(
    @Query() request: GlobalReportRequest,
    @Access() access: AccessContext,
  ): Promise<Report> {
    const { group_by: group = 'team' } = request;
    const days = requiredDaysOf(request, this.clock.now());
    const filter = await this.lists.visible(access, globalFilterOf(request));
    const query = { filter, ...days };
    const { member, dimension } = SUBJECTS[group];
    const groupBy: CubeDimension[] = ['day', dimension, 'model', 'key'];
    return new Report(() => this.jsonOf(group, query), {
      name: `global-spend-${group}-${days.from}-${days.to}`,
      columns: {
        ...{ date: 'text', [member]: 'text', model: 'text', api_key: 'text' },
        ...{ spend: 'usd', input_tokens: 'number', output_tokens: 'number', requests: 'number' },
      },
      pages: () =>
        this.lists.pages({ ...query, groupBy: [...new Set(groupBy)] }, (rows) =>
          this.rowsOf(group, rows),
        ),
    });
  }

  private async jsonOf(group: Group, query: CubeScope): Promise<unknown> {
    if (group === 'team' || group === 'customer') {
      const rows = await (group === 'team'
        ? this.cube.subjects({
            ...query,
            subject: 'team',
            member: 'team_name',
            names: await this.teams.namesIn(query),
          })
        : this.cube.subjects({
            ...query,
            subject: 'end_user',
            member: 'customer',
            names: new Map(),
          }));
      return new JsonParts(dayReportParts(rows, `${group}s`));
    }
    const { dimension } = SUBJECTS[group];
    const rows = await this.cube.sums({ ...query, groupBy: [dimension, 'model'], only: dimension });
    return reportBySubject(rows, group);
  }

  /** Of a report by key the subject is the key. */
  private async rowsOf(group: Group, rows: readonly CubeRow[]): Promise<TableRow[]> {
    const ids = rows.map(({ values }) => values[1] ?? '');
    const names = group === 'team' ? await this.teams.names(ids) : null;
    return rows.map(({ values: [date = '', id = '', model = '', key = id], ...sums }) => ({
      date,
      [SUBJECTS[group].member]: names?.get(id) ?? (id === '' ? null : id),
      model,
      api_key: key,
      spend: sums.spend,
      input_tokens: sums.inputTokens,
      output_tokens: sums.outputTokens,
      requests: sums.requests,
    }));
  }
}
