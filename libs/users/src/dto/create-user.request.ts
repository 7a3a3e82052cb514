import {
  EmptyTextIs,
  IsAlias,
  IsEmailAddress,
  IsIdentity,
  IsMetadata,
  IsModelList,
  LimitsRequest,
  NotEnforced,
  USER_ROLES,
  type UserRole,
  withoutEmptyText,
} from '#libs/access';
import { ApiPropertyOptional, getSchemaPath, ApiExtraModels } from '@nestjs/swagger';
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
import { USER_NOT_ENFORCED } from './user-limits.js';
import { UserTeamRequest, withLongForms } from './user-team.request.js';

const MAX_TEAMS = 1_000;

/** Member that may be `"true"` or `"false"`, in any case, as LiteLLM reads it. */
function BooleanMayBeText(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }): unknown => {
    const word = typeof value === 'string' ? value.toLowerCase() : null;
    return word === 'true' || word === 'false' ? word === 'true' : value;
  });
}

/** Body of `POST /user/new`. */
@ApiExtraModels(UserTeamRequest)
@NotEnforced(USER_NOT_ENFORCED.filter((name) => name !== 'key_alias'))
export class CreateUserRequest extends LimitsRequest {
  @ApiPropertyOptional({ type: String, nullable: true, description: 'Generated when absent.' })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsIdentity()
  user_id?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsEmailAddress()
  user_email?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'Display name.' })
  @IsOptional()
  @EmptyTextIs('null')
  @IsAlias()
  user_alias?: string | null;

  @ApiPropertyOptional({ enum: USER_ROLES, nullable: true })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsIn(USER_ROLES)
  user_role?: UserRole | null;

  @ApiPropertyOptional({
    type: [String],
    nullable: true,
    description: 'Models that the user may use. Empty or absent: every model.',
  })
  @IsOptional()
  @IsModelList()
  models?: string[] | null;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, nullable: true })
  @IsOptional()
  @IsMetadata()
  metadata?: Record<string, unknown> | null;

  @ApiPropertyOptional({ type: Boolean, nullable: true })
  @IsOptional()
  @BooleanMayBeText()
  @IsBoolean()
  blocked?: boolean | null;

  @ApiPropertyOptional({
    type: 'array',
    items: { oneOf: [{ type: 'string' }, { $ref: getSchemaPath(UserTeamRequest) }] },
    nullable: true,
    description: 'Teams of which the user becomes a member.',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_TEAMS)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => UserTeamRequest)
  @Transform(({ value }) => withLongForms(withoutEmptyText(value)))
  teams?: UserTeamRequest[] | null;

  @ApiPropertyOptional({
    type: Boolean,
    nullable: true,
    default: true,
    description: 'Makes a virtual key of the user with the user’s models; it is shown once.',
  })
  @IsOptional()
  @BooleanMayBeText()
  @IsBoolean()
  auto_create_key?: boolean | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'Display name of the key; no two keys share one.',
  })
  @IsOptional()
  @EmptyTextIs('null')
  @IsAlias()
  key_alias?: string | null;
}

/** The values of a new user in a request. */
export function newUserOf(request: CreateUserRequest): UserValues {
  return {
    email: request.user_email ?? null,
    alias: request.user_alias ?? null,
    role: request.user_role ?? null,
    models: request.models ?? [],
    metadata: request.metadata ?? {},
    blocked: request.blocked ?? false,
  };
}
