import {
  EmptyTextIs,
  HasNoFault,
  IsModelList,
  isTagName,
  IsText,
  limitsChangeOf,
  LimitsRequest,
  MAX_TAG_LENGTH,
  namedLimitsOf,
  newLimitsOf,
  NotEnforced,
  type WithLimitsChange,
} from '#libs/access';
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsISO8601, IsOptional, Matches } from 'class-validator';
import { TagEntity, type TagValues } from './tag.entity.js';

const MAX_TAGS = 500;
const MAX_DESCRIPTION_LENGTH = 4_000;
const DAY_MESSAGE = { message: '$property must be a day, YYYY-MM-DD' };

/** Members that every request with limits has, and tags have not. */
const TAG_NOT_ENFORCED = ['metadata'] as const;

/** Optional member that holds a day. */
const IsDay = (): PropertyDecorator =>
  applyDecorators(
    IsOptional(),
    EmptyTextIs('absent'),
    Matches(/^[12]\d{3}-\d{2}-\d{2}$/, DAY_MESSAGE),
    IsISO8601({ strict: true }, DAY_MESSAGE),
  );

/** Member that holds the name of a tag. */
const IsTagName = (): PropertyDecorator =>
  HasNoFault((value, path) =>
    isTagName(value)
      ? null
      : `${path} must be a string of 1 to ${String(MAX_TAG_LENGTH)} characters without NUL and without blanks around it`,
  );

/** Body of `POST /tag/new` and `POST /tag/update`. In an update an absent member stays, and `null` clears it. */
@NotEnforced(TAG_NOT_ENFORCED)
export class TagRequest extends LimitsRequest {
  @ApiProperty({ type: String, maxLength: MAX_TAG_LENGTH, example: 'batch' })
  @IsTagName()
  name!: string;

  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @EmptyTextIs('null')
  @IsText(MAX_DESCRIPTION_LENGTH)
  description?: string | null;

  @ApiPropertyOptional({
    type: [String],
    nullable: true,
    description: 'Models that requests with the tag may use. Empty or `null`: every model.',
  })
  @IsOptional()
  @IsModelList()
  models?: string[] | null;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'Ignored, because it follows from `models`.',
  })
  @IsOptional()
  model_info?: object | null;
}

/** Returns the values of a new tag: those that a request names, and defaults for the others. */
export function newTagOf(
  request: TagRequest,
): { readonly name: string } & WithLimitsChange<TagValues> {
  const { name, description = null, models } = request;
  return { name, description, models: models ?? [], ...newLimitsOf(namedLimitsOf(request)) };
}

/** Returns the values that a request names. `null` clears a member. */
export function tagChangesOf(request: TagRequest): WithLimitsChange<TagValues> {
  const { description, models } = request;
  return {
    ...limitsChangeOf(namedLimitsOf(request)),
    ...(description !== undefined && { description }),
    ...(models !== undefined && { models: models ?? new TagEntity().models }),
  };
}

/** Body of `POST /tag/info`. */
export class TagNamesRequest {
  @ApiProperty({ type: [String], minItems: 1, maxItems: MAX_TAGS, example: ['batch'] })
  @HasNoFault((value, path) => {
    const isList = Array.isArray(value) && value.length > 0 && value.length <= MAX_TAGS;
    return isList && value.every(isTagName)
      ? null
      : `${path} must be a list of 1 to ${String(MAX_TAGS)} names of tags`;
  })
  names!: string[];
}

/** Body of `POST /tag/delete`. */
export class TagNameRequest {
  @ApiProperty({ type: String, example: 'batch' })
  @IsTagName()
  name!: string;
}

/** Query of `GET /tag/list`. */
export class ListTagsRequest {
  @ApiPropertyOptional({
    type: String,
    description: 'First day, UTC, on which a tag without a row has to have been used.',
    example: '2026-11-01',
  })
  @IsDay()
  start_date?: string;

  @ApiPropertyOptional({ type: String, description: 'Last day, included; with `start_date`.' })
  @IsDay()
  end_date?: string;
}
