import {
  EmptyTextIs,
  IsAlias,
  NotEnforced,
  OptionalCount,
  OptionalIdentity,
  PageNumber,
} from '#libs/access';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsOptional } from 'class-validator';
import { KEY_SORT_FIELDS, type KeyQuery, type KeySortField } from '../entities/key-query.js';
import { givenOf } from '../entities/key-record.js';
import { IsKeyId } from './key-member.decorator.js';

const DEFAULT_SIZE = 10;
const MAX_SIZE = 100;

const Flag = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }): unknown =>
    value === 'true' ? true : value === 'false' ? false : value,
  );

/** Query of `GET /key/list`. */
@NotEnforced(['project_id', 'access_group_id', 'expand', 'status'])
export class ListKeysRequest {
  @PageNumber()
  page?: number;

  @OptionalCount(MAX_SIZE, { default: DEFAULT_SIZE })
  size?: number;

  @OptionalIdentity({ description: 'Only keys of this user.' })
  user_id?: string;

  @OptionalIdentity({ description: 'Only keys of this team.' })
  team_id?: string;

  @OptionalIdentity({ description: 'Only keys of this organization.' })
  organization_id?: string;

  @ApiPropertyOptional({ type: String, description: 'Only the key with this id.' })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsKeyId()
  key_hash?: string;

  @ApiPropertyOptional({ type: String, description: 'Only the key with this alias.' })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsAlias()
  key_alias?: string;

  @ApiPropertyOptional({ type: Boolean, default: false, description: 'Rows instead of ids.' })
  @IsOptional()
  @Flag()
  @IsBoolean()
  return_full_object?: boolean;

  @ApiPropertyOptional({
    type: Boolean,
    default: false,
    description:
      'Accepted for LiteLLM’s clients; keys of a team are for administrators, by `team_id`.',
  })
  @IsOptional()
  @Flag()
  @IsBoolean()
  include_team_keys?: boolean;

  @ApiPropertyOptional({
    type: Boolean,
    default: false,
    description: 'With `user_id`: keys that this user made for others, too.',
  })
  @IsOptional()
  @Flag()
  @IsBoolean()
  include_created_by_keys?: boolean;

  @ApiPropertyOptional({ enum: KEY_SORT_FIELDS, default: 'created_at' })
  @IsOptional()
  @IsIn(KEY_SORT_FIELDS)
  sort_by?: KeySortField;

  @ApiPropertyOptional({ enum: ['asc', 'desc'], default: 'desc' })
  @IsOptional()
  @IsIn(['asc', 'desc'])
  sort_order?: 'asc' | 'desc';
}

/**
 * The keys that a request asks for.
 * @param visibleTo keys to which it is confined; `null` confines it to none
 */
export function keyQueryOf(
  request: ListKeysRequest,
  visibleTo: NonNullable<KeyQuery['visibleTo']> | null,
): KeyQuery {
  const given = givenOf<Omit<KeyQuery, 'page' | 'pageSize' | 'isDescending'>>({
    visibleTo: visibleTo ?? undefined,
    sortBy: request.sort_by,
    userId: request.user_id,
    isMakerIncluded: request.include_created_by_keys,
    teamId: request.team_id,
    organizationId: request.organization_id,
    keyId: request.key_hash,
    alias: request.key_alias,
  });
  return {
    ...given,
    page: request.page ?? 1,
    pageSize: request.size ?? DEFAULT_SIZE,
    isDescending: request.sort_order !== 'asc',
  };
}
