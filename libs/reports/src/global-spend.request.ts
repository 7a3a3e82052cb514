import { OptionalCount, OptionalText, type HandlerPermission } from '#libs/access';
import { bookedKeyId } from '#libs/keys';
import type { CubeFilter } from '#libs/spend';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { IsDay, ReportDaysRequest } from './report-days.request.js';
import { ReportFormatRequest } from './report-format.js';

const MAX_LIST_LENGTH = 8_192;
const MAX_LIMIT = 10_000;

/** Whose spend is everybody's: administrators and their viewers alone see it. */
export const GLOBAL_SPEND: HandlerPermission = {
  group: 'global_spend_tracking_routes',
  role: 'org_admin',
  refusals: ['report_timeout'],
};

/** Query of a list of the largest spenders. */
export class LargestSpendRequest extends ReportDaysRequest {
  @OptionalCount(MAX_LIMIT, { description: 'How many are listed.' })
  limit?: number;

  @OptionalText(MAX_LIST_LENGTH, { description: 'Id of a virtual key.' })
  api_key?: string;

  @OptionalText(MAX_LIST_LENGTH, { description: 'Names of tags, with commas.' })
  tags?: string;
}

/** Groups of `GET /global/spend/report`. */
export const REPORT_GROUPS = ['team', 'customer', 'api_key', 'internal_user_id'] as const;

/** Query of `GET /global/spend/report`. */
export class GlobalReportRequest extends ReportDaysRequest {
  @ApiPropertyOptional({ enum: REPORT_GROUPS, default: 'team' })
  @IsOptional()
  @IsIn(REPORT_GROUPS)
  group_by?: (typeof REPORT_GROUPS)[number];

  @OptionalText(MAX_LIST_LENGTH, { description: 'Id of a virtual key.' })
  api_key?: string;

  @OptionalText(MAX_LIST_LENGTH)
  internal_user_id?: string;

  @OptionalText(MAX_LIST_LENGTH)
  team_id?: string;

  @OptionalText(MAX_LIST_LENGTH)
  customer_id?: string;
}

/** Body of `POST /global/spend/end_users`. */
export class EndUserSpendRequest extends ReportFormatRequest {
  @OptionalText(MAX_LIST_LENGTH, { nullable: true, example: null })
  api_key?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'First day.',
    example: '2026-11-01',
  })
  @IsDay()
  startTime?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'Last day, included.',
    example: '2026-11-30',
  })
  @IsDay()
  endTime?: string | null;
}

/** Returns the filter of a global report; members that a request does not have are absent. */
export function globalFilterOf(
  request: Partial<
    Pick<GlobalReportRequest, 'api_key' | 'internal_user_id' | 'team_id' | 'customer_id'>
  >,
): CubeFilter {
  const { api_key, internal_user_id, team_id, customer_id } = request;
  return {
    ...(api_key === undefined ? {} : { key: [bookedKeyId(api_key)] }),
    ...(internal_user_id === undefined ? {} : { user: [internal_user_id] }),
    ...(team_id === undefined ? {} : { team: [team_id] }),
    ...(customer_id === undefined ? {} : { end_user: [customer_id] }),
  };
}
