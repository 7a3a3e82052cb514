import { Controller, Get, Query, UseInterceptors } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, Permission, type AccessContext } from '#libs/access';
import { Clock } from '#libs/common';
import { Report } from './report.js';
import { daysOf } from './report-days.request.js';
import { ReportOutput } from './report-output.interceptor.js';
import { ReportScope } from './report-scope.service.js';
import {
  cursorOf,
  facetsOf,
  filterOf,
  SpendReportRequest,
  valuesOfCursor,
} from './spend-report.request.js';
import { columnsOf, SpendReports, type ReportQuery } from './spend-report.service.js';

const DEFAULT_PAGE_SIZE = 100;

/** The gateway's own report on spend. */
@ApiTags('spend')
@ApiBearerAuth()
@UseInterceptors(ReportOutput)
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
  ): Promise<Report> {
    const facets = facetsOf(request);
    const days = daysOf(request, this.clock.now());
    const filter = await this.scope.confine(access, filterOf(request));
    const query: ReportQuery = { facets, filter, ...days };
    return new Report(() => this.page(query, request), {
      name: `spend-${days.from}-${days.to}`,
      columns: columnsOf(facets),
      pages: () => this.reports.pages(query),
    });
  }

  private async page(query: ReportQuery, request: SpendReportRequest): Promise<object> {
    const { page_size: size = DEFAULT_PAGE_SIZE, cursor } = request;
    const after = cursor === undefined ? null : valuesOfCursor(cursor, query.facets);
    const { rows, next } = await this.reports.page(query, size, after);
    return {
      group_by: query.facets,
      start_date: query.from,
      end_date: query.to,
      data: rows,
      next_cursor: next === null ? null : cursorOf(next),
    };
  }
}
