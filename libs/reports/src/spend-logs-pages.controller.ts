import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Access, mayReadEverything, Permission, userIdOf, type AccessContext } from '#libs/access';
import { GatehouseError } from '#libs/common';
import {
  SpendLogsService,
  toSpendLogResponse,
  type SpendLogResponse,
  type SpendLogsFilter,
} from '#libs/spend';
import { logsCursorOf, logsFilterOf, SpendLogsPagesRequest } from './spend-logs-pages.request.js';
import { sendExport, type TableRow } from './table-export.js';

const DEFAULT_PAGE_SIZE = 50;

/** Members of a request that an export has, in order. */
const COLUMNS = [
  'request_id',
  'startTime',
  'endTime',
  'call_type',
  'status',
  'model_group',
  'model',
  'custom_llm_provider',
  'user',
  'team_id',
  'organization_id',
  'end_user',
  'api_key',
  'key_alias',
  'client',
  'request_tags',
  'prompt_tokens',
  'cached_tokens',
  'cache_write_tokens',
  'completion_tokens',
  'spend',
] as const;

/** Requests page by page, in LiteLLM's newer shape. */
@ApiTags('spend')
@ApiBearerAuth()
@Controller('spend/logs')
export class SpendLogsPagesController {
  constructor(private readonly logs: SpendLogsService) {}

  /**
   * Requests that reached an upstream and have ended, newest first. Administrators see everything, others their own.
   * @throws GatehouseError `request_invalid`, `route_not_allowed` when an ordinary caller asks for another user,
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
    @Res() response: Response,
  ): Promise<void> {
    const filter = visibleTo(access, logsFilterOf(request));
    const { format = 'json', page = 1, page_size: size = DEFAULT_PAGE_SIZE, cursor } = request;
    if (format !== 'json') {
      const target = { format, fileName: 'spend-logs', columns: COLUMNS };
      await sendExport(response, target, this.exported(filter));
      return;
    }
    const found = await this.logs.list(filter, cursor === undefined ? page : 1, size);
    response.json({
      data: found.rows.map(toSpendLogResponse),
      total: found.total,
      page,
      page_size: size,
      total_pages: Math.ceil(found.total / size),
      total_is_capped: found.isCapped,
      next_cursor: found.next === null ? null : logsCursorOf(found.next),
    });
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
  const cells = Object.entries<unknown>(Object.assign({}, row, changed));
  return Object.fromEntries(
    cells.filter(([name]) => COLUMNS.some((column) => column === name)),
  ) as TableRow;
}

function visibleTo(access: AccessContext, filter: SpendLogsFilter): SpendLogsFilter {
  if (mayReadEverything(access)) return filter;
  const userId = userIdOf(access);
  if (userId === null || (filter.userId ?? userId) !== userId) {
    throw new GatehouseError('route_not_allowed');
  }
  return { ...filter, userId };
}
