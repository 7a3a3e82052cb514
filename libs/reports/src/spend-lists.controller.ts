import { Controller, Get, Query, UseInterceptors } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { Access, OptionalIdentity, Permission, type AccessContext } from '#libs/access';
import { KeysService } from '#libs/keys';
import { SpendTotals, type CubeFilter, type CubeRow } from '#libs/spend';
import { UsersService } from '#libs/users';
import { jsonRowOf, Report, type Columns, type TableRow } from './report.js';
import { ReportDaysRequest } from './report-days.request.js';
import { ReportFormatRequest } from './report-format.js';
import { ReportLists } from './report-lists.service.js';
import { ReportOutput } from './report-output.interceptor.js';
import { ReportScope } from './report-scope.service.js';

const LIMIT = { usual: 1_000 };
const KEY_COLUMNS: Columns = {
  token: 'text',
  key_alias: 'text',
  user_id: 'text',
  team_id: 'text',
  organization_id: 'text',
  spend: 'usd',
};
const USER_COLUMNS: Columns = {
  user_id: 'text',
  user_email: 'text',
  user_alias: 'text',
  spend: 'usd',
};
const TAG_COLUMNS: Columns = {
  individual_request_tag: 'text',
  log_count: 'number',
  total_spend: 'usd',
};

/** What one key or user has spent. */
type SubjectSpend = Pick<CubeRow, 'values' | 'spend'>;

/** A list of keys or users. */
interface SubjectList {
  readonly name: string;
  readonly columns: Columns;
  readonly rowsOf: (rows: readonly SubjectSpend[]) => Promise<readonly TableRow[]>;
}

/** Query of `GET /spend/users`. */
class SpendUsersRequest extends ReportFormatRequest {
  @OptionalIdentity()
  user_id?: string;
}

/** Lists by spend, the largest first, 1,000 rows at most; files have all rows. Administrators see everything, others their own. */
@ApiTags('spend')
@ApiBearerAuth()
@UseInterceptors(ReportOutput)
@Controller('spend')
export class SpendListsController {
  constructor(
    private readonly lists: ReportLists,
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
  async byKey(
    @Query() _request: ReportFormatRequest,
    @Access() access: AccessContext,
  ): Promise<Report> {
    const filter = await this.scope.confine(access, {});
    return this.largest('key', filter, {
      name: 'spend-by-key',
      columns: KEY_COLUMNS,
      rowsOf: (rows) => this.keyRowsOf(rows),
    });
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
  ): Promise<Report> {
    const asked = request.user_id === undefined ? {} : { user: [request.user_id] };
    const filter = await this.scope.confine(access, asked);
    return this.largest('user', filter, {
      name: 'spend-by-user',
      columns: USER_COLUMNS,
      rowsOf: (rows) => this.userRowsOf(rows),
    });
  }

  /** What was spent under each tag. A request counts once for each of its tags. */
  @Get('tags')
  @Permission({ group: 'spend_tracking_routes', refusals: ['report_timeout'] })
  @ApiOperation({ summary: 'Tags by spend', operationId: 'listSpendByTag' })
  @ApiOkResponse({ description: '`[{individual_request_tag, log_count, total_spend}]`' })
  async byTag(
    @Query() { start_date: from, end_date: to }: ReportDaysRequest,
    @Access() access: AccessContext,
  ): Promise<Report> {
    const query = {
      groupBy: ['tag'],
      filter: await this.scope.confine(access, {}),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    } as const;
    return this.lists.largest(query, LIMIT, {
      name: 'spend-by-tag',
      columns: TAG_COLUMNS,
      rowsOf: (rows) =>
        rows.map(({ values: [tag = ''], requests, spend }) => ({
          individual_request_tag: tag,
          log_count: requests,
          total_spend: spend,
        })),
    });
  }

  /** Since ever: everybody's spend has its totals, what is part of it is added up. */
  private largest(dimension: 'key' | 'user', filter: CubeFilter, list: SubjectList): Report {
    const { columns, rowsOf } = list;
    const query = { groupBy: [dimension], filter, only: dimension };
    const report = this.lists.largest(query, LIMIT, list);
    if (Object.keys(filter).length > 0) return report;
    return new Report(async () => {
      const totals = await this.totals.largest(dimension, LIMIT.usual);
      const rows = await rowsOf(totals.map(({ id, spend }) => ({ values: [id], spend })));
      return rows.map((row) => jsonRowOf(columns, row));
    }, report.file);
  }

  private async keyRowsOf(rows: readonly SubjectSpend[]): Promise<TableRow[]> {
    return Promise.all(
      rows.map(async ({ values: [token = ''], spend }) => {
        const key = await this.keys.find(token);
        return {
          token,
          key_alias: key?.grant.alias ?? null,
          user_id: key?.userId ?? null,
          team_id: key?.teamId ?? null,
          organization_id: key?.organizationId ?? null,
          spend,
        };
      }),
    );
  }

  private async userRowsOf(rows: readonly SubjectSpend[]): Promise<TableRow[]> {
    const found = await this.users.listByIds(rows.map(({ values: [id = ''] }) => id));
    const byId = new Map(found.map((user) => [user.userId, user]));
    return rows.map(({ values: [id = ''], spend }) => ({
      user_id: id,
      user_email: byId.get(id)?.email ?? null,
      user_alias: byId.get(id)?.alias ?? null,
      spend,
    }));
  }
}
