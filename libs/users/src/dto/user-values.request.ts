import {
  EmptyTextIs,
  IsAlias,
  IsModelList,
  LIMIT_TYPE_MEMBERS,
  limitsChangeOf,
  LimitsRequest,
  LimitTypeMember,
  limitTypesFault,
  metadataChangeOf,
  MetadataMember,
  namedLimitsOf,
  namedLimitTypesOf,
  OptionalEmailAddress,
  USER_LIMIT_TYPES,
  USER_ROLES,
  type LimitType,
  type NamedLimits,
  type UserRole,
  type WithLimitsChange,
  withoutEmptyText,
} from '#libs/access';
import { ApiExtraModels, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsObject,
  IsOptional,
  ValidateNested,
} from 'class-validator';
import type { UserValues } from '../entities/user-record.js';
import { UserTeamRequest, withLongForms } from './user-team.request.js';

const MAX_TEAMS = 1_000;

/** Members that every request to make or change a user may have. */
@ApiExtraModels(UserTeamRequest)
export class UserValuesRequest extends LimitsRequest {
  @OptionalEmailAddress({ nullable: true })
  user_email?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'Display name.' })
  @IsOptional()
  @EmptyTextIs('null')
  @IsAlias()
  user_alias?: string | null;

  @LimitTypeMember(USER_LIMIT_TYPES)
  rpm_limit_type?: LimitType | null;

  @LimitTypeMember(USER_LIMIT_TYPES)
  tpm_limit_type?: LimitType | null;

  @MetadataMember((metadata, path) => limitTypesFault(metadata, path, USER_LIMIT_TYPES))
  override metadata?: Record<string, unknown> | null;

  @ApiPropertyOptional({ enum: USER_ROLES, nullable: true })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsIn(USER_ROLES)
  user_role?: UserRole | null;

  @ApiPropertyOptional({
    type: [String],
    nullable: true,
    description: 'Models that the user may use. Empty or `null`: every model.',
  })
  @IsOptional()
  @IsModelList()
  models?: string[] | null;

  @ApiPropertyOptional({
    type: Boolean,
    nullable: true,
    description: 'Refuses every request of the user. `null` changes nothing.',
  })
  @IsOptional()
  @IsBoolean()
  blocked?: boolean | null;

  @ApiPropertyOptional({
    type: 'array',
    items: { oneOf: [{ type: 'string' }, { $ref: getSchemaPath(UserTeamRequest) }] },
    nullable: true,
    description:
      'Teams of which the user is a member. An update replaces the memberships; empty or `null` ends them all.',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_TEAMS)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => UserTeamRequest)
  @Transform(({ value }) => withLongForms(withoutEmptyText(value)))
  teams?: UserTeamRequest[] | null;
}

/** Returns the limits that a request names. */
export function namedUserLimitsOf(request: UserValuesRequest): NamedLimits {
  return { ...namedLimitsOf(request), ...namedLimitTypesOf(request) };
}

/** Returns the values that a request names. `null` clears a member, except `blocked`, which it leaves. */
export function userValuesOf(request: UserValuesRequest): WithLimitsChange<UserValues> {
  const { user_email: email, user_alias: alias, user_role: role, models } = request;
  return {
    ...(email !== undefined && { email }),
    ...(alias !== undefined && { alias }),
    ...(role !== undefined && { role }),
    ...(models !== undefined && { models: models ?? [] }),
    ...metadataChangeOf(request, LIMIT_TYPE_MEMBERS),
    ...limitsChangeOf(namedUserLimitsOf(request)),
    ...(typeof request.blocked === 'boolean' && { blocked: request.blocked }),
  };
}
