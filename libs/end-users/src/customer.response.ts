import { LimitsResponse, type Plain } from '#libs/access';
import { ApiProperty } from '@nestjs/swagger';
import { usdNumber, type PicoUsd } from '#libs/common';
import type { EndUserEntity } from './end-user.entity.js';

/** An end user's row in LiteLLM's shape. */
export class CustomerResponse extends LimitsResponse {
  @ApiProperty({ type: String })
  user_id!: string;

  @ApiProperty({ type: String, nullable: true })
  alias!: string | null;

  @ApiProperty({ type: Boolean })
  blocked!: boolean;

  @ApiProperty({ type: Number, description: 'US dollars.' })
  spend!: number;

  @ApiProperty({ type: String, nullable: true })
  allowed_model_region!: string | null;

  @ApiProperty({ type: String, nullable: true })
  default_model!: string | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description:
      'The limits that its calls have to keep, completed by the budget of `budget_id`; those of the configuration where the customer has none. `null` without any.',
  })
  litellm_budget_table!: Record<string, unknown> | null;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  object_permission!: Record<string, unknown> | null;
}

/** Response of `POST /customer/block`. */
export class BlockedCustomersResponse {
  @ApiProperty({ type: [CustomerResponse] })
  blocked_users!: Plain<CustomerResponse>[];
}

/** Response of `POST /customer/unblock`. */
export class UnblockedCustomersResponse {
  @ApiProperty({
    type: [CustomerResponse],
    description: 'Those of the request that are still blocked: none.',
  })
  blocked_users!: Plain<CustomerResponse>[];

  @ApiProperty({ type: [CustomerResponse] })
  unblocked_users!: Plain<CustomerResponse>[];
}

/** Response of `POST /customer/delete`. */
export class DeletedCustomersResponse {
  @ApiProperty({ type: Number })
  deleted_customers!: number;

  @ApiProperty({ type: String })
  message!: string;
}

/** The limits that calls of an end user have to keep. */
interface ShownLimits {
  readonly own: Plain<LimitsResponse>;
  /** Completed by the budget that they name; `null` without any. */
  readonly completed: Plain<LimitsResponse> | null;
}

/**
 * The response about an end user.
 * @param spend what was booked to it
 */
export function toCustomerResponse(
  row: EndUserEntity,
  spend: PicoUsd,
  { own, completed }: ShownLimits,
): Plain<CustomerResponse> {
  return {
    ...own,
    user_id: row.endUserId,
    alias: row.alias,
    blocked: row.blocked,
    spend: usdNumber(spend),
    allowed_model_region: row.allowedModelRegion,
    default_model: row.defaultModel,
    litellm_budget_table: completed === null ? null : { ...completed },
    object_permission: row.objectPermission === null ? null : { ...row.objectPermission },
  };
}
