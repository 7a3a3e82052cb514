import { LimitsResponse, toLimits, type Plain, type ResetTime } from '#libs/access';
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
    description: 'The limits where LiteLLM shows them; `null` without any.',
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

/**
 * The response about an end user.
 * @param spend what was booked to it
 * @param resetTime when windows of budgets end
 */
export function toCustomerResponse(
  row: EndUserEntity,
  spend: PicoUsd,
  resetTime: ResetTime,
): Plain<CustomerResponse> {
  const limits = toLimits(row.limits, resetTime);
  return {
    ...limits,
    user_id: row.endUserId,
    alias: row.alias,
    blocked: row.blocked,
    spend: usdNumber(spend),
    allowed_model_region: row.allowedModelRegion,
    default_model: row.defaultModel,
    litellm_budget_table: Object.keys(row.limits).length === 0 ? null : { ...limits },
    object_permission: row.objectPermission === null ? null : { ...row.objectPermission },
  };
}
