import { OptionalCount, OptionalText, PageNumber } from '#libs/access';
import { bookedKeyId } from '#libs/keys';
import type { CubeFilter } from '#libs/spend';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { listOf, ReportDaysRequest } from './report-days.request.js';

const MAX_LIST_LENGTH = 8_192;
const MAX_PAGE = 10_000;
const MAX_PAGE_SIZE = 1_000;
/** 14 hours, the farthest zone. */
const MAX_OFFSET_MINUTES = 840;

/** Query of the daily activity of every kind of subject; each reads the list of its own ids. */
export class DailyActivityRequest extends ReportDaysRequest {
  @OptionalText(MAX_LIST_LENGTH, { description: 'Of users alone.' })
  user_id?: string;

  @OptionalText(MAX_LIST_LENGTH, { description: 'Of teams alone; ids with commas.' })
  team_ids?: string;

  @OptionalText(MAX_LIST_LENGTH, { description: 'Of organisations alone; ids with commas.' })
  organization_ids?: string;

  @OptionalText(MAX_LIST_LENGTH, { description: 'Of customers alone; ids with commas.' })
  end_user_ids?: string;

  @OptionalText(MAX_LIST_LENGTH, { description: 'Of tags alone; names with commas.' })
  tags?: string;

  @OptionalText(MAX_LIST_LENGTH, { description: 'Without these teams; ids with commas.' })
  exclude_team_ids?: string;

  @OptionalText(MAX_LIST_LENGTH, { description: 'Without these organisations; ids with commas.' })
  exclude_organization_ids?: string;

  @OptionalText(MAX_LIST_LENGTH, { description: 'Without these customers; ids with commas.' })
  exclude_end_user_ids?: string;

  @OptionalText(MAX_LIST_LENGTH, { description: 'Model at the upstream.' })
  model?: string;

  @OptionalText(MAX_LIST_LENGTH, { description: 'Of virtual keys alone; ids with commas.' })
  api_key?: string;

  @ApiPropertyOptional({
    type: Number,
    minimum: -MAX_OFFSET_MINUTES,
    maximum: MAX_OFFSET_MINUTES,
    description:
      'Minutes by which UTC is ahead of the caller, as JavaScript’s getTimezoneOffset() says. Days stay those of UTC; a report up to the caller’s today includes the present day in UTC.',
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(-MAX_OFFSET_MINUTES)
  @Max(MAX_OFFSET_MINUTES)
  timezone?: number;

  @PageNumber(MAX_PAGE)
  page?: number;

  @OptionalCount(MAX_PAGE_SIZE, { default: 10, description: 'Days of a page.' })
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

const EXCLUDED = {
  team: 'exclude_team_ids',
  organization: 'exclude_organization_ids',
  end_user: 'exclude_end_user_ids',
} as const satisfies Partial<Record<ActivityEntity, keyof DailyActivityRequest>>;

/**
 * What a request leaves out.
 * @param entity whose list of ids counts
 * @throws GatehouseError `request_invalid`
 */
export function activityExclusionOf(
  request: DailyActivityRequest,
  entity: ActivityEntity,
): CubeFilter {
  if (entity === 'user' || entity === 'tag') return {};
  const ids = listOf(request[EXCLUDED[entity]], EXCLUDED[entity]);
  return ids === undefined ? {} : { [entity]: ids };
}

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
  const keys = listOf(request.api_key, 'api_key')?.map(bookedKeyId);
  const { model } = request;
  return {
    ...(ids === undefined ? {} : { [entity]: ids }),
    ...(model === undefined ? {} : { model: [model] }),
    ...(keys === undefined ? {} : { key: keys }),
  };
}
