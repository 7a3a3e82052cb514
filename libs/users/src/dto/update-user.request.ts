import { IsIdentity, NotEnforced, OptionalIdentity } from '#libs/access';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import type { UserChanges } from '../entities/user-record.js';
import { bindingOf } from './user-binding.js';
import { USER_NOT_ENFORCED } from './user-limits.js';
import { userValuesOf, UserValuesRequest } from './user-values.request.js';

/**
 * Body of `POST /user/update`. An absent member stays unchanged, `null` clears it, and an empty
 * list is stored as such. Without `user_id`, `user_email` says which user is meant and is not
 * changed.
 */
@NotEnforced(USER_NOT_ENFORCED)
export class UpdateUserRequest extends UserValuesRequest {
  @OptionalIdentity({ nullable: true })
  user_id?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'With `user_id` the new address, without it the address that names the user.',
  })
  override user_email?: string | null;

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
}

/**
 * Returns what a request changes about a user. The address counts as a change only beside a user
 * id.
 * @throws GatehouseError `request_invalid` for a subject without its issuer
 */
export function userChangesOf(request: UpdateUserRequest): UserChanges {
  const { email, ...values } = userValuesOf(request);
  const isNamedById = typeof request.user_id === 'string';
  return {
    ...(isNamedById && email !== undefined && { email }),
    ...values,
    ...bindingOf(request),
  };
}
