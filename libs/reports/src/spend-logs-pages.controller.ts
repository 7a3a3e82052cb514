import { Controller, Get, Query, UseInterceptors } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, Permission, type AccessContext } from '#libs/access';
import {
  SpendLogsService,
  toSpendLogResponse,
  type SpendLogResponse,
  type SpendLogsFilter,
} from '#libs/spend';
import {
  logsCursorOf,
  logsFilterOf,
  SessionLogsRequest,
  SpendLogsPagesRequest,
} from './spend-logs-pages.request.js';
import { Report, type Columns, type TableRow } from './report.js';
import { ReportScope } from './report-scope.service.js';
import { ReportOutput } from './report-output.interceptor.js';

const DEFAULT_PAGE_SIZE = 50;

/** Members of a request that an export has, in order. */
const COLUMNS: Columns = {
  request_id: 'text',
  startTime: 'text',
  endTime: 'text',
  call_type: 'text',
  status: 'text',
  model_group: 'text',
  model: 'text',
  custom_llm_provider: 'text',
  user: 'text',
  team_id: 'text',
  organization_id: 'text',
  end_user: 'text',
  session_id: 'text',
  api_key: 'text',
  key_alias: 'text',
  client: 'text',
  request_tags: 'text',
  prompt_tokens: 'number',
  cached_tokens: 'number',
  cache_write_tokens: 'number',
  completion_tokens: 'number',
  spend: 'usd',
};

/** Requests page by page, in LiteLLM's newer shape. */
@ApiTags('spend')
@ApiBearerAuth()
@UseInterceptors(ReportOutput)
@Controller('spend/logs')
export class SpendLogsPagesController {
  constructor(
    private readonly logs: SpendLogsService,
    private readonly scope: ReportScope,
  ) {}

  /**
   * Requests that reached an upstream and have ended, newest first. Administrators see everything, others their own.
   * @throws GatehouseError `request_invalid`, `route_not_allowed` when the caller names what it may not see,
   * `report_timeout`, `database_unavailable`
   */
  @Get(['v2', 'ui'])
  @Permission({ group: 'spend_tracking_routes', refusals: ['report_timeout'] })
  @ApiOperation({ summary: 'Requests, as pages or as a file', operationId: 'listSpendLogPages' })
  @ApiOkResponse({
    description:
      '`{data, total, page, page_size, total_pages, total_is_capped, next_cursor}`. A file with format=csv or jsonl.',
  })
  async list(
    @Query() request: SpendLogsPagesRequest,
    @Access() access: AccessContext,
  ): Promise<Report> {
    const filter = await this.scope.confineLogs(access, logsFilterOf(request));
    return new Report(() => this.page(filter, request), {
      name: 'spend-logs',
      columns: COLUMNS,
      pages: () => this.exported(filter),
    });
  }

  /**
   * The requests of one session, as clients state it, newest first. Administrators see everything, others their own.
   * @throws GatehouseError `request_invalid`, `report_timeout`, `database_unavailable`
   */
  @Get('session/ui')
  @Permission({ group: 'spend_tracking_routes', refusals: ['report_timeout'] })
  @ApiOperation({ summary: 'Requests of a session', operationId: 'listSpendLogsOfSession' })
  @ApiOkResponse({
    description:
      '`{data, total, page, page_size, total_pages, total_is_capped, next_cursor}`, as of `/spend/logs/v2`.',
  })
  async session(
    @Query() request: SessionLogsRequest,
    @Access() access: AccessContext,
  ): Promise<object> {
    const filter = { sessionId: request.session_id };
    return this.page(await this.scope.confineLogs(access, filter), request);
  }

  private async page(
    filter: SpendLogsFilter,
    request: Pick<SpendLogsPagesRequest, 'page' | 'page_size' | 'cursor'>,
  ): Promise<object> {
    const { page = 1, page_size: size = DEFAULT_PAGE_SIZE, cursor } = request;
    const found = await this.logs.list(filter, cursor === undefined ? page : 1, size);
    return {
      data: found.rows.map(toSpendLogResponse),
      total: found.total,
      page,
      page_size: size,
      total_pages: Math.ceil(found.total / size),
      total_is_capped: found.isCapped,
      next_cursor: found.next === null ? null : logsCursorOf(found.next),
    };
  }

  private async *exported(filter: SpendLogsFilter): AsyncGenerator<readonly TableRow[]> {
    for await (const rows of this.logs.all(filter)) {
      yield rows.map((row) => tableRowOf(toSpendLogResponse(row)));
    }
  }
}

/** Amounts are exact in a file. */
function tableRowOf(row: SpendLogResponse): TableRow {
  const { metadata, request_tags: tags } = row;
  const changed: TableRow = {
    client: metadata.client,
    key_alias: metadata.user_api_key_alias,
    cached_tokens: metadata.cached_tokens,
    cache_write_tokens: metadata.usage_object.cache_creation_input_tokens,
    request_tags: tags.join(','),
    spend: metadata.cost_usd,
  };
  return Object.assign({}, row, changed);
}
