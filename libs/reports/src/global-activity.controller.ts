import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, Permission, type AccessContext } from '#libs/access';
import { Clock } from '#libs/common';
import { SpendCube, type CubeRow } from '#libs/spend';
import { sumOf } from './activity-metrics.js';
import { ReportDaysRequest, requiredDaysOf } from './report-days.request.js';
import { ReportScope } from './report-scope.service.js';

const LARGEST_MODELS = 10;
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
@Controller('global/activity')
export class GlobalActivityController {
  constructor(
    private readonly cube: SpendCube,
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
  ): Promise<Activity> {
    const days = requiredDaysOf(request, this.clock.now());
    const filter = await this.scope.confine(access, {});
    return activityOf(await this.cube.sums({ ...days, groupBy: ['day'], filter }));
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
  ): Promise<(Activity & { readonly model: string })[]> {
    const days = requiredDaysOf(request, this.clock.now());
    const filter = await this.scope.confine(access, {});
    const rows = await this.cube.sums({ ...days, groupBy: ['day', 'model_group'], filter });
    return [...Map.groupBy(rows, ({ values }) => values[1] ?? '')]
      .map(([model, ofModel]) => ({ model, ...activityOf(ofModel) }))
      .sort((a, b) => b.sum_api_requests - a.sum_api_requests)
      .slice(0, LARGEST_MODELS);
  }
}

/** The activity in rows whose first value is the day. */
function activityOf(rows: readonly CubeRow[]): Activity {
  const { requests, inputTokens, outputTokens } = sumOf(rows);
  return {
    daily_data: rows.map((row) => ({
      date: DAY_IN_WORDS.format(new Date(row.values[0] ?? 0)),
      api_requests: row.requests,
      total_tokens: row.inputTokens + row.outputTokens,
    })),
    sum_api_requests: requests,
    sum_total_tokens: inputTokens + outputTokens,
  };
}
