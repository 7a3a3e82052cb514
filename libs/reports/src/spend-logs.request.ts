import { EmptyTextIs, OptionalCount } from '#libs/access';
import { DAY_MS } from '#libs/common';
import type { SpendLogsFilter } from '#libs/spend';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, type TransformFnParams } from 'class-transformer';
import { IsBoolean, IsISO8601, IsOptional, Matches } from 'class-validator';
import {
  MAX_PAGE_SIZE,
  SpendLogsFilterRequest,
  spendLogsFilterOf,
} from './spend-logs-filter.request.js';

/** Of years that the database and its arithmetic know: the day behind 9999-12-31 has none. */
const DAY = /^[12]\d{3}-\d{2}-\d{2}$/;
const DAY_MESSAGE = '$property must be a day, YYYY-MM-DD';

/** Query of `GET /spend/logs`. Several filters must all match. */
export class SpendLogsRequest extends SpendLogsFilterRequest {
  @ApiPropertyOptional({ type: String, format: 'date', description: 'First day, UTC.' })
  @IsOptional()
  @EmptyTextIs('absent')
  @Matches(DAY, { message: DAY_MESSAGE })
  @IsISO8601({ strict: true }, { message: DAY_MESSAGE })
  start_date?: string;

  @ApiPropertyOptional({ type: String, format: 'date', description: 'Last day, UTC, included.' })
  @IsOptional()
  @EmptyTextIs('absent')
  @Matches(DAY, { message: DAY_MESSAGE })
  @IsISO8601({ strict: true }, { message: DAY_MESSAGE })
  end_date?: string;

  @ApiPropertyOptional({
    type: Boolean,
    default: true,
    description: 'With both dates: one summary for each day instead of rows.',
  })
  @IsOptional()
  @Transform(toBoolean)
  @IsBoolean()
  summarize?: boolean;

  @OptionalCount(MAX_PAGE_SIZE, { default: MAX_PAGE_SIZE })
  page_size?: number;
}

/**
 * The filter of a request.
 * @throws GatehouseError `request_invalid` when the dates are in the wrong order
 */
export function filterOf(request: SpendLogsRequest): SpendLogsFilter {
  const { start_date: start, end_date: end } = request;
  return spendLogsFilterOf(request, {
    from: start === undefined ? undefined : new Date(start),
    until: end === undefined ? undefined : new Date(Date.parse(end) + DAY_MS),
  });
}

/** Query values are text; what is neither true nor false is left for the validation to refuse. */
function toBoolean({ value }: TransformFnParams): unknown {
  if (value === 'true' || value === '1') return true;
  return value === 'false' || value === '0' ? false : value;
}
