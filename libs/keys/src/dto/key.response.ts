import {
  LimitsResponse,
  ownTagsOf,
  toLimits,
  toMetadata,
  type ModelAliases,
  type Plain,
  type ResetTime,
} from '#libs/access';
import { usdNumber, type PicoUsd } from '#libs/common';
import { CallerStandingResponse, ResetSpendResponse } from '#libs/spend';
import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import type { VirtualKeyEntity } from '../entities/virtual-key.entity.js';

/** A key's row in LiteLLM's shape, without its id. */
export class KeyInfoRow extends LimitsResponse {
  @ApiProperty({ type: String, description: '`sk-...` and the last four characters.' })
  key_name!: string;

  @ApiProperty({ type: String, nullable: true })
  key_alias!: string | null;

  @ApiProperty({ type: String, nullable: true })
  user_id!: string | null;

  @ApiProperty({ type: String, nullable: true })
  team_id!: string | null;

  @ApiProperty({ type: String, nullable: true })
  organization_id!: string | null;

  @ApiProperty({ type: [String] })
  models!: string[];

  @ApiProperty({ type: [String] })
  allowed_routes!: string[];

  @ApiProperty({ type: [String], description: 'Configured endpoints that it may call.' })
  allowed_passthrough_routes!: string[];

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Names of models, each with the model that is called in its place.',
  })
  aliases!: ModelAliases;

  @ApiProperty({ type: 'object', additionalProperties: true })
  metadata!: object;

  @ApiProperty({ type: [String], nullable: true, description: 'Tags of every call.' })
  tags!: string[] | null;

  @ApiProperty({ type: Boolean })
  blocked!: boolean;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  expires!: string | null;

  @ApiProperty({
    type: Number,
    description: 'US dollars, what was spent before it was regenerated included.',
  })
  spend!: number;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'The budget of `budget_id`.',
  })
  litellm_budget_table!: object | null;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  object_permission!: object | null;

  @ApiProperty({ type: Number, description: 'How often it was regenerated.' })
  rotation_count!: number;

  @ApiProperty({ type: String, nullable: true })
  created_by!: string | null;

  @ApiProperty({ type: String, nullable: true })
  updated_by!: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  created_at!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  updated_at!: string;
}

/** A key's row with its id. */
export class KeyResponse extends KeyInfoRow {
  @ApiProperty({ type: String, description: 'Id of the key: its SHA-256.' })
  token!: string;
}

/** Answer of `POST /key/generate` and `POST /key/regenerate`: the only one that ever holds the key itself. */
export class GeneratedKeyResponse extends KeyResponse {
  @ApiProperty({ type: String, description: 'The key. It is shown here and never again.' })
  key!: string;

  @ApiProperty({ type: String, description: 'Same as `token`.' })
  token_id!: string;
}

/** Answer of `POST /key/update`. */
export class UpdatedKeyResponse extends KeyResponse {
  @ApiProperty({ type: String, description: 'Id of the key.' })
  key!: string;
}

/** Answer of `GET /key/info`. */
export class KeyInfoResponse {
  @ApiProperty({ type: String, description: 'Id of the key, however it was named.' })
  key!: string;

  @ApiProperty({ type: KeyInfoRow })
  info!: KeyInfoRow;

  @ApiPropertyOptional({
    type: CallerStandingResponse,
    description: 'Where no key is named: the caller, and what is left of its limits.',
  })
  caller?: CallerStandingResponse;
}

/** Answer of `POST /key/{key}/reset_spend`. */
export class KeySpendResetResponse extends ResetSpendResponse {
  @ApiProperty({ type: String, description: 'Id of the key.' })
  key_hash!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  budget_reset_at!: string | null;
}

/** Answer of `POST /key/delete`. */
export class DeletedKeysResponse {
  @ApiProperty({ type: [String], description: 'Ids of the deleted keys.' })
  deleted_keys!: string[];
}

/** Answer of `GET /key/list`. */
@ApiExtraModels(KeyResponse)
export class KeyListResponse {
  @ApiProperty({
    type: 'array',
    items: { oneOf: [{ type: 'string' }, { $ref: getSchemaPath(KeyResponse) }] },
    description: 'Ids, or rows where `return_full_object` is true.',
  })
  keys!: (string | KeyResponse)[];

  @ApiProperty({ type: Number, description: 'Keys on all pages.' })
  total_count!: number;

  @ApiProperty({ type: Number })
  current_page!: number;

  @ApiProperty({ type: Number })
  total_pages!: number;
}

/**
 * The answer about a key, without its id.
 * @param spend what was booked to it, under all of its ids
 * @param resetTime when windows of budgets end
 * @param budget the budget that it names, `null` for none
 */
export function toKeyInfoRow(
  row: VirtualKeyEntity,
  spend: PicoUsd,
  resetTime: ResetTime,
  budget: object | null,
): Plain<KeyInfoRow> {
  return {
    key_name: row.name,
    key_alias: row.alias,
    user_id: row.userId,
    team_id: row.teamId,
    organization_id: row.organizationId,
    models: row.models,
    allowed_routes: row.allowedRoutes,
    allowed_passthrough_routes: row.passThroughRoutes,
    aliases: row.modelAliases,
    metadata: toMetadata(row.metadata, row.limits),
    tags: ownTagsOf(row.metadata),
    blocked: row.blocked,
    expires: row.expiresAt?.toISOString() ?? null,
    spend: usdNumber(spend),
    ...toLimits(row.limits, resetTime),
    litellm_budget_table: budget,
    object_permission: null,
    rotation_count: row.predecessors.length,
    created_by: row.createdBy,
    updated_by: row.updatedBy,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}
