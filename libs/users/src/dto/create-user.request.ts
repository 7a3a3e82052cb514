import {
  EmptyTextIs,
  EmptyTextIsNothing,
  IsAlias,
  IsIdentityList,
  newLimitsOf,
  NotEnforced,
  OptionalIdentity,
  type WithLimitsChange,
} from '#libs/access';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsOptional } from 'class-validator';
import { NO_USER_VALUES, type UserValues } from '../entities/user-record.js';
import { USER_NOT_ENFORCED } from './user-limits.js';
import { namedUserLimitsOf, userValuesOf, UserValuesRequest } from './user-values.request.js';

const MAX_ORGANIZATIONS = 100;

/** Member that may be `"true"` or `"false"`, in any case, as LiteLLM reads it. */
function BooleanMayBeText(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }): unknown => {
    const word = typeof value === 'string' ? value.toLowerCase() : null;
    return word === 'true' || word === 'false' ? word === 'true' : value;
  });
}

/** Body of `POST /user/new`. */
@NotEnforced(USER_NOT_ENFORCED.filter((name) => name !== 'key_alias' && name !== 'organizations'))
export class CreateUserRequest extends UserValuesRequest {
  @OptionalIdentity({ nullable: true, description: 'Generated when absent.' })
  user_id?: string | null;

  @BooleanMayBeText()
  override blocked?: boolean | null;

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

  @ApiPropertyOptional({
    type: [String],
    nullable: true,
    maxItems: MAX_ORGANIZATIONS,
    description: 'Organizations of which the user becomes a member, as `internal_user`.',
  })
  @IsOptional()
  @EmptyTextIsNothing()
  @IsIdentityList(MAX_ORGANIZATIONS)
  organizations?: string[] | null;
}

/** Returns the values of a new user: those that a request names, and defaults for the others. */
export function newUserOf(request: CreateUserRequest): WithLimitsChange<UserValues> {
  const limits = newLimitsOf(namedUserLimitsOf(request));
  return { ...NO_USER_VALUES, ...userValuesOf(request), ...limits };
}
