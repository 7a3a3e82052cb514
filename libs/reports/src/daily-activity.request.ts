import { EmptyTextIs, IsText } from '#libs/access';
import type { CubeFilter } from '#libs/spend';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { listOf, ReportDaysRequest } from './report-days.request.js';

const MAX_LIST_LENGTH = 8_192;
const MAX_PAGE = 10_000;
const MAX_PAGE_SIZE = 1_000;

/** Query of the daily activity of every kind of subject; each reads the list of its own ids. */
export class DailyActivityRequest extends ReportDaysRequest {
  @ApiPropertyOptional({ type: String, description: 'Of users alone.' })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsText(MAX_LIST_LENGTH)
  user_id?: string;

  @ApiPropertyOptional({ type: String, description: 'Of teams alone; ids with commas.' })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsText(MAX_LIST_LENGTH)
  team_ids?: string;

  @ApiPropertyOptional({ type: String, description: 'Of organisations alone; ids with commas.' })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsText(MAX_LIST_LENGTH)
  organization_ids?: string;

  @ApiPropertyOptional({ type: String, description: 'Of customers alone; ids with commas.' })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsText(MAX_LIST_LENGTH)
  end_user_ids?: string;

  @ApiPropertyOptional({ type: String, description: 'Of tags alone; names with commas.' })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsText(MAX_LIST_LENGTH)
  tags?: string;

  @ApiPropertyOptional({ type: String, description: 'Model at the upstream.' })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsText(MAX_LIST_LENGTH)
  model?: string;

  @ApiPropertyOptional({ type: String, description: 'Id of a virtual key.' })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsText(MAX_LIST_LENGTH)
  api_key?: string;

  @ApiPropertyOptional({ type: Number, default: 1, minimum: 1 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_PAGE)
  page?: number;

  @ApiPropertyOptional({ type: Number, default: 10, minimum: 1, description: 'Days of a page.' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_PAGE_SIZE)
  page_size?: number;
}

/** A kind of subject whose activity is shown, LiteLLM's `entities`. */
export type ActivityEntity = 'user' | 'team' | 'organization' | 'end_user' | 'tag';

const LISTS = {
  user: 'user_id',
  team: 'team_ids',
  organization: 'organization_ids',
  end_user: 'end_user_ids',
  tag: 'tags',
} as const satisfies Readonly<Record<ActivityEntity, keyof DailyActivityRequest>>;

/**
 * The filter of a request.
 * @param entity whose list of ids counts
 * @throws GatehouseError `request_invalid`
 */
export function activityFilterOf(
  request: DailyActivityRequest,
  entity: ActivityEntity,
): CubeFilter {
  const ids = listOf(request[LISTS[entity]], LISTS[entity]);
  const { model, api_key: key } = request;
  return {
    ...(ids === undefined ? {} : { [entity]: ids }),
    ...(model === undefined ? {} : { model: [model] }),
    ...(key === undefined ? {} : { key: [key] }),
  };
}
