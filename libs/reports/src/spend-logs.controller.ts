import { Controller, Get, Query, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { Response } from 'express';
import { Access, Permission, type AccessContext } from '#libs/access';
import {
  listParts,
  sendJsonParts,
  SpendDayResponse,
  SpendLogResponse,
  SpendLogsService,
  toSpendLogResponse,
} from '#libs/spend';
import { ReportScope } from './report-scope.service.js';
import { MAX_PAGE_SIZE } from './spend-logs-filter.request.js';
import { filterOf, SpendLogsRequest } from './spend-logs.request.js';

/** Reports about spend, in LiteLLM's shapes. */
@ApiTags('spend')
@ApiBearerAuth()
@Controller()
export class SpendLogsController {
  constructor(
    private readonly logs: SpendLogsService,
    private readonly scope: ReportScope,
  ) {}

  /**
   * Requests that reached an upstream and have ended, newest first; with both dates, unless
   * `summarize=false`, one summary for each day. Administrators see everything, others their own. A call
   * that has just been answered is among them.
   *
   * `x-total-count` tells how many rows there are over all pages, at most 10,000;
   * `x-litellm-spend-logs-truncated: true` that there are more than on this page. The last day is
   * included, which LiteLLM leaves out.
   * @throws GatehouseError `request_invalid`, `route_not_allowed` when the caller names what it may not see,
   * `report_timeout`, `database_unavailable`
   */
  @Get('spend/logs')
  @Permission({ group: 'spend_tracking_routes', refusals: ['report_timeout'] })
  @ApiOperation({ summary: 'Spend by request or by day' })
  @ApiExtraModels(SpendLogResponse, SpendDayResponse)
  @ApiOkResponse({
    schema: {
      oneOf: [SpendLogResponse, SpendDayResponse].map((model) => ({
        type: 'array',
        items: { $ref: getSchemaPath(model) },
      })),
    },
  })
  async list(
    @Query() query: SpendLogsRequest,
    @Access() access: AccessContext,
    @Res() response: Response,
  ): Promise<void> {
    const filter = await this.scope.confineLogs(access, filterOf(query));
    const lastDay = lastDayOfSummary(query);
    if (lastDay !== null) {
      const days = await this.logs.summary(filter, lastDay);
      response.setHeader('x-total-count', String(days.length));
      await sendJsonParts(response, listParts('[', days, ']'));
      return;
    }
    const { page = 1, page_size: pageSize = MAX_PAGE_SIZE } = query;
    const { rows, total, next } = await this.logs.list(filter, page, pageSize);
    response.setHeader('x-total-count', String(total));
    if (next !== null) response.setHeader('x-litellm-spend-logs-truncated', 'true');
    response.json(rows.map(toSpendLogResponse));
  }
}

/** The last day when a summary is asked for, else `null`. */
function lastDayOfSummary(query: SpendLogsRequest): string | null {
  if (query.start_date === undefined || query.summarize === false) return null;
  return query.end_date ?? null;
}
