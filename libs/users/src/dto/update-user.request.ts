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
import { bindingOf } from './user-binding.js';
import type { UserChanges } from '../entities/user-record.js';
import { USER_NOT_ENFORCED } from './user-limits.js';
import { UserTeamRequest, withLongForms } from './user-team.request.js';

const MAX_TEAMS = 1_000;

/**
 * Body of `POST /user/update`. What is absent stays; `null` clears; an empty list is an empty list.
 * Without `user_id`, `user_email` says which user is meant and is not changed.
 */
@ApiExtraModels(UserTeamRequest)
@NotEnforced(USER_NOT_ENFORCED)
export class UpdateUserRequest extends LimitsRequest {
  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsIdentity()
  user_id?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'With `user_id` the new address, without it the address that names the user.',
  })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsEmailAddress()
  user_email?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @EmptyTextIs('null')
  @IsAlias()
  user_alias?: string | null;

  @ApiPropertyOptional({ enum: USER_ROLES, nullable: true })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsIn(USER_ROLES)
  user_role?: UserRole | null;

  @ApiPropertyOptional({ type: [String], nullable: true, description: 'Replaces the list.' })
  @IsOptional()
  @IsModelList()
  models?: string[] | null;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'Replaces the metadata.',
  })
  @IsOptional()
  @IsMetadata()
  metadata?: Record<string, unknown> | null;

  @ApiPropertyOptional({ type: Boolean, nullable: true, description: '`null` leaves it.' })
  @IsOptional()
  @IsBoolean()
  blocked?: boolean | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description:
      'Issuer, exactly as in `iss`, whose tokens may use the account; `null` leaves it to the first that does.',
  })
  @IsOptional()
  @IsIdentity()
  bound_issuer?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description:
      'Subject (`sub`) of that issuer whose tokens alone may use the account. Only beside `bound_issuer`; absent is `null`, which leaves it to the next subject of the issuer.',
  })
  @IsOptional()
  @IsIdentity()
  bound_subject?: string | null;

  @ApiPropertyOptional({
    type: 'array',
    items: { oneOf: [{ type: 'string' }, { $ref: getSchemaPath(UserTeamRequest) }] },
    nullable: true,
    description: 'Replaces the memberships; empty or `null` ends them all.',
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

/**
 * What a request changes about a user. The address counts as a change only beside a user id.
 * @throws GatehouseError `request_invalid` for a subject without its issuer
 */
export function userChangesOf(request: UpdateUserRequest): UserChanges {
  const { user_email: email, user_alias: alias, user_role: role, models, metadata } = request;
  const isNamedById = typeof request.user_id === 'string';
  return {
    ...(isNamedById && email !== undefined && { email }),
    ...(alias !== undefined && { alias }),
    ...(role !== undefined && { role }),
    ...(models !== undefined && { models: models ?? [] }),
    ...(metadata !== undefined && { metadata: metadata ?? {} }),
    ...(typeof request.blocked === 'boolean' && { blocked: request.blocked }),
    ...bindingOf(request),
  };
}
