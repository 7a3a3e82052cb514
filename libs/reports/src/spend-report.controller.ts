import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Access, Permission, type AccessContext } from '#libs/access';
import { Clock } from '#libs/common';
import { daysOf } from './report-days.request.js';
import { ReportScope } from './report-scope.service.js';
import {
  cursorOf,
  facetsOf,
  filterOf,
  SpendReportRequest,
  valuesOfCursor,
} from './spend-report.request.js';
import { SpendReports, SUM_COLUMNS, type ReportQuery } from './spend-report.service.js';
import { sendExport } from './table-export.js';

const DEFAULT_PAGE_SIZE = 100;

/** The gateway's own report on spend. */
@ApiTags('spend')
@ApiBearerAuth()
@Controller('gatehouse/spend')
export class SpendReportController {
  constructor(
    private readonly reports: SpendReports,
    private readonly scope: ReportScope,
    private readonly clock: Clock,
  ) {}

  /**
   * Spend by one or two facets, and by day where asked for. Amounts are exact. Administrators see everything, others their own
   * spend, and administrators of a team that of the team.
   * @throws GatehouseError `request_invalid`, `route_not_allowed`, `report_timeout`, `database_unavailable`
   */
  @Get('report')
  @Permission({ group: 'spend_tracking_routes', refusals: ['report_timeout'] })
  @ApiOperation({
    summary: 'Spend by any two facets, as pages or as a file',
    operationId: 'reportSpend',
  })
  @ApiOkResponse({
    description:
      '`{group_by, start_date, end_date, data, next_cursor}`; `data` has one object for each group. A file with format=csv or jsonl.',
  })
  async report(
    @Query() request: SpendReportRequest,
    @Access() access: AccessContext,
    @Res() response: Response,
  ): Promise<void> {
    const facets = facetsOf(request);
    const days = daysOf(request, this.clock.now());
    const filter = await this.scope.confine(access, filterOf(request));
    const query: ReportQuery = { facets, filter, ...days };
    const { format = 'json', page_size: size = DEFAULT_PAGE_SIZE, cursor } = request;
    if (format !== 'json') {
      const columns = [...facets, ...SUM_COLUMNS];
      const fileName = `spend-${days.from}-${days.to}`;
      await sendExport(response, { format, fileName, columns }, this.reports.pages(query));
      return;
    }
    const after = cursor === undefined ? null : valuesOfCursor(cursor, facets);
    const { rows, next } = await this.reports.page(query, size, after);
    response.json({
      group_by: facets,
      start_date: days.from,
      end_date: days.to,
      data: rows,
      next_cursor: next === null ? null : cursorOf(next),
    });
  }
}
