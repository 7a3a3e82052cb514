import type { Plain } from '#libs/access';
import { ApiProperty } from '@nestjs/swagger';
import { usdNumber, type PicoUsd } from '#libs/common';
import type { OrganizationEntity } from '../entities/organization.entity.js';

/** An organisation's row in LiteLLM's shape. Budgets are `null` until this version enforces them. */
export class OrganizationResponse {
  @ApiProperty({ type: String })
  organization_id!: string;

  @ApiProperty({ type: String })
  organization_alias!: string;

  @ApiProperty({ type: String, nullable: true })
  budget_id!: string | null;

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

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  litellm_budget_table!: Record<string, unknown> | null;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  object_permission!: Record<string, unknown> | null;
}

/**
 * The answer about an organisation.
 * @param spend what was booked to it
 */
export function toOrganizationResponse(
  row: OrganizationEntity,
  spend: PicoUsd,
): Plain<OrganizationResponse> {
  return {
    organization_id: row.organizationId,
    organization_alias: row.alias,
    budget_id: null,
    spend: usdNumber(spend),
    metadata: row.metadata,
    models: row.models,
    model_spend: {},
    created_by: row.createdBy,
    updated_by: row.updatedBy,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    litellm_budget_table: null,
    object_permission: null,
  };
}
