import { LimitsResponse, toLimits, toMetadata, type Plain, type ResetTime } from '#libs/access';
import { ApiProperty } from '@nestjs/swagger';
import { usdNumber, type PicoUsd } from '#libs/common';
import type { OrganizationEntity } from '../entities/organization.entity.js';

/** An organisation's row in LiteLLM's shape. */
export class OrganizationResponse extends LimitsResponse {
  @ApiProperty({ type: String })
  organization_id!: string;

  @ApiProperty({ type: String })
  organization_alias!: string;

  @ApiProperty({ type: Number, description: 'US dollars.' })
  spend!: number;

  @ApiProperty({ type: 'object', additionalProperties: true })
  metadata!: object;

  @ApiProperty({ type: [String] })
  models!: string[];

  @ApiProperty({ type: 'object', additionalProperties: { type: 'number' } })
  model_spend!: Record<string, number>;

  @ApiProperty({ type: String })
  created_by!: string;

  @ApiProperty({ type: String })
  updated_by!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  created_at!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  updated_at!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'The limits, completed by the budget of `budget_id`.',
  })
  litellm_budget_table!: object;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  object_permission!: Record<string, unknown> | null;
}

/**
 * The answer about an organisation.
 * @param spend what was booked to it
 * @param resetTime when windows of budgets end
 * @param budget its limits as a budget
 */
export function toOrganizationResponse(
  row: OrganizationEntity,
  spend: PicoUsd,
  resetTime: ResetTime,
  budget: object,
): Plain<OrganizationResponse> {
  return {
    organization_id: row.organizationId,
    organization_alias: row.alias,
    ...toLimits(row.limits, resetTime),
    spend: usdNumber(spend),
    metadata: toMetadata(row.metadata, row.limits),
    models: row.models,
    model_spend: {},
    created_by: row.createdBy,
    updated_by: row.updatedBy,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    litellm_budget_table: budget,
    object_permission: null,
  };
}
