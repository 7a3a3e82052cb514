import {
  EmptyTextIs,
  HasNoFault,
  IsAlias,
  IsIdentity,
  IsIdentityList,
  IsMetadata,
  limitsChangeOf,
  LimitsRequest,
  MODEL_REGIONS,
  namedLimitsOf,
  NotEnforced,
  OptionalCount,
  OptionalIdentity,
  PageNumber,
  type ModelRegion,
  type WithLimitsChange,
} from '#libs/access';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional } from 'class-validator';
import type { EndUserValues } from './end-user.entity.js';

const MAX_CUSTOMERS = 500;
const MAX_PAGE_SIZE = 10_000;

/** Members that LiteLLM has for customers and this version does not enforce, besides limits and budgets. */
const CUSTOMER_NOT_ENFORCED = [
  // Of every request with limits; a customer has none.
  'metadata',
] as const;

/** Body of `POST /customer/new` and `POST /customer/update`. In an update an absent member stays, and `null` clears it. */
@NotEnforced(CUSTOMER_NOT_ENFORCED)
export class CustomerRequest extends LimitsRequest {
  @ApiProperty({ type: String, description: 'The id that calls name the end user by.' })
  @IsIdentity()
  user_id!: string;

  @OptionalIdentity({
    nullable: true,
    description: 'Budget of `/budget/new` whose values count; not beside `max_budget`.',
  })
  @HasNoFault((_, path, request) => {
    const { max_budget: budget = null } = request as CustomerRequest;
    return budget === null ? null : `set either max_budget or ${path}, not both`;
  })
  override budget_id?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'Display name.' })
  @IsOptional()
  @EmptyTextIs('null')
  @IsAlias()
  alias?: string | null;

  @ApiPropertyOptional({
    type: Boolean,
    nullable: true,
    description: 'Refuses every call that names the end user. `null` means false.',
  })
  @IsOptional()
  @IsBoolean()
  blocked?: boolean | null;

  @ApiPropertyOptional({
    enum: MODEL_REGIONS,
    nullable: true,
    description: 'Only deployments in this region serve the customer.',
  })
  @IsOptional()
  @EmptyTextIs('null')
  @IsIn(MODEL_REGIONS)
  allowed_model_region?: ModelRegion | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'The model that serves calls whose own model has no deployment in the region.',
  })
  @IsOptional()
  @EmptyTextIs('null')
  @IsIdentity()
  default_model?: string | null;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'Kept and shown; nothing is limited by it.',
  })
  @IsOptional()
  @IsMetadata()
  object_permission?: object | null;
}

/** Returns the values that a request names. `null` clears a member. */
export function endUserChangesOf(request: CustomerRequest): WithLimitsChange<EndUserValues> {
  const { alias, blocked, allowed_model_region: region, default_model: model } = request;
  const { object_permission: permission } = request;
  return {
    ...limitsChangeOf(namedLimitsOf(request)),
    ...(alias !== undefined && { alias }),
    ...(blocked !== undefined && { blocked: blocked ?? false }),
    ...(region !== undefined && { allowedModelRegion: region }),
    ...(model !== undefined && { defaultModel: model }),
    ...(permission !== undefined && { objectPermission: permission }),
  };
}

/** Body of `POST /customer/block`, `/customer/unblock` and `/customer/delete`. */
export class CustomerIdsRequest {
  @ApiProperty({ type: [String], minItems: 1, maxItems: MAX_CUSTOMERS })
  @IsIdentityList(MAX_CUSTOMERS, 1)
  user_ids!: string[];
}

/** Query of `GET /customer/info`. */
export class CustomerIdRequest {
  @ApiProperty({ type: String })
  @IsIdentity()
  end_user_id!: string;
}

/** Query of `GET /customer/list`. */
export class ListCustomersRequest {
  @PageNumber()
  page?: number;

  @OptionalCount(MAX_PAGE_SIZE, {
    description: 'Customers of one page. Left out: all customers, as LiteLLM lists them.',
  })
  page_size?: number;
}
