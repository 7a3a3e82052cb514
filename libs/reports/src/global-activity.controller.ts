import { Controller, Get, Query, UseInterceptors } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, Permission, type AccessContext } from '#libs/access';
import { Clock } from '#libs/common';
import { SpendCube, type CubeRow } from '#libs/spend';
import { sumOf } from './activity-metrics.js';
import { Report, type Columns } from './report.js';
import { ReportDaysRequest, requiredDaysOf } from './report-days.request.js';
import { ReportLists } from './report-lists.service.js';
import { ReportOutput } from './report-output.interceptor.js';
import { ReportScope } from './report-scope.service.js';

const LARGEST_MODELS = 10;
const COUNTS: Columns = { api_requests: 'number', total_tokens: 'number' };
const DAY_IN_WORDS = new Intl.DateTimeFormat('en-US', {
  month: 'short',
  day: '2-digit',
  timeZone: 'UTC',
});

/** Requests and tokens by day, as LiteLLM draws them. */
interface Activity {
  readonly daily_data: readonly {
    readonly date: string;
    readonly api_requests: number;
    readonly total_tokens: number;
  }[];
  readonly sum_api_requests: number;
  readonly sum_total_tokens: number;
}

/** Activity of the gateway. Administrators see everything, others their own. */
@ApiTags('spend')
@ApiBearerAuth()
@UseInterceptors(ReportOutput)
@Controller('global/activity')
export class GlobalActivityController {
  constructor(
    private readonly cube: SpendCube,
    private readonly lists: ReportLists,
    private readonly scope: ReportScope,
    private readonly clock: Clock,
  ) {}

  /**
   * Requests and tokens by day.
   * @throws GatehouseError `request_invalid` without both days, `report_timeout`, `database_unavailable`
   */
  @Get()
  @Permission({ group: 'spend_tracking_routes', refusals: ['report_timeout'] })
  @ApiOperation({ summary: 'Requests and tokens by day', operationId: 'getGlobalActivity' })
  @ApiOkResponse({ description: '`{daily_data, sum_api_requests, sum_total_tokens}`' })
  async activity(
    @Query() request: ReportDaysRequest,
    @Access() access: AccessContext,
  ): Promise<Report> {
    const days = requiredDaysOf(request, this.clock.now());
    const query = {
      ...days,
      filter: await this.scope.confine(access, {}),
      groupBy: ['day'] as const,
    };
    return new Report(async () => activityOf(await this.cube.sums(query)), {
      name: `activity-${days.from}-${days.to}`,
      columns: { date: 'text', ...COUNTS },
      pages: () =>
        this.lists.pages(query, (rows) =>
          rows.map((row) => ({ date: row.values[0] ?? '', ...countsOf(row) })),
        ),
    });
  }

  /**
   * The same for the ten models with the most requests.
   * @throws GatehouseError `request_invalid` without both days, `report_timeout`, `database_unavailable`
   */
  @Get('model')
  @Permission({ group: 'spend_tracking_routes', refusals: ['report_timeout'] })
  @ApiOperation({
    summary: 'Requests and tokens by model and day',
    operationId: 'getGlobalActivityByModel',
  })
  @ApiOkResponse({ description: '`[{model, daily_data, sum_api_requests, sum_total_tokens}]`' })
  async byModel(
    @Query() request: ReportDaysRequest,
    @Access() access: AccessContext,
  ): Promise<Report> {
    const days = requiredDaysOf(request, this.clock.now());
    const groupBy = ['day', 'model_group'] as const;
    const query = { ...days, filter: await this.scope.confine(access, {}), groupBy };
    return new Report(async () => largestModels(await this.cube.sums(query)), {
      name: `activity-by-model-${days.from}-${days.to}`,
      columns: { date: 'text', model: 'text', ...COUNTS },
      pages: () =>
        this.lists.pages(query, (rows) =>
          rows.map((row) => {
            const [date = '', model = ''] = row.values;
            return { date, model, ...countsOf(row) };
          }),
        ),
    });
  }
}

function largestModels(rows: readonly CubeRow[]): object[] {
  return [...Map.groupBy(rows, ({ values }) => values[1] ?? '')]
    .map(([model, ofModel]) => ({ model, ...activityOf(ofModel) }))
    .sort((a, b) => b.sum_api_requests - a.sum_api_requests)
    .slice(0, LARGEST_MODELS);
}

/** The activity in rows whose first value is the day. */
function activityOf(rows: readonly CubeRow[]): Activity {
  const { requests, inputTokens, outputTokens } = sumOf(rows);
  return {
    daily_data: rows.map((row) => ({
      date: DAY_IN_WORDS.format(new Date(row.values[0] ?? 0)),
      ...countsOf(row),
    })),
    sum_api_requests: requests,
    sum_total_tokens: inputTokens + outputTokens,
  };
}

function countsOf({
  requests,
  inputTokens,
  outputTokens,
}: CubeRow): Record<'api_requests' | 'total_tokens', number> {
  return { api_requests: requests, total_tokens: inputTokens + outputTokens };
}
