import {
  LimitsResponse,
  ownTagsOf,
  toLimits,
  toMetadata,
  type Plain,
  type ResetTime,
} from '#libs/access';
import { ApiProperty } from '@nestjs/swagger';
import { usdNumber, type PicoUsd } from '#libs/common';
import type { TeamRole } from '../entities/team-membership.entity.js';
import type { TeamEntity } from '../entities/team.entity.js';

/** A member in a team's row. */
export class TeamMemberResponse {
  @ApiProperty({ type: String })
  user_id!: string;

  @ApiProperty({ type: String, nullable: true })
  user_email!: string | null;

  @ApiProperty({ enum: ['admin', 'user'] })
  role!: TeamRole;
}

/** A team's row in LiteLLM's shape. */
export class TeamResponse extends LimitsResponse {
  @ApiProperty({ type: String })
  team_id!: string;

  @ApiProperty({ type: String, nullable: true })
  team_alias!: string | null;

  @ApiProperty({ type: String, nullable: true })
  organization_id!: string | null;

  @ApiProperty({ type: [String], description: 'Always empty; see `members_with_roles`.' })
  admins!: string[];

  @ApiProperty({ type: [String], description: 'Always empty; see `members_with_roles`.' })
  members!: string[];

  @ApiProperty({ type: [TeamMemberResponse] })
  members_with_roles!: TeamMemberResponse[];

  @ApiProperty({ type: [String], nullable: true })
  team_member_permissions!: string[] | null;

  @ApiProperty({ type: 'object', additionalProperties: true })
  metadata!: object;

  @ApiProperty({ type: [String], nullable: true, description: 'Tags of every call.' })
  tags!: string[] | null;

  @ApiProperty({ type: [String] })
  models!: string[];

  @ApiProperty({ type: [String], description: 'Configured endpoints that it may call.' })
  allowed_passthrough_routes!: string[];

  @ApiProperty({ type: Boolean })
  blocked!: boolean;

  @ApiProperty({ type: Number, description: 'US dollars.' })
  spend!: number;

  @ApiProperty({ type: Number, nullable: true })
  model_id!: number | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: '`model_aliases`, as they were set; `null` for none.',
  })
  litellm_model_table!: object | null;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  object_permission!: object | null;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  router_settings!: object | null;

  @ApiProperty({ type: String, format: 'date-time' })
  created_at!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  updated_at!: string;
}

/**
 * The answer about a team.
 * @param members its members in the order in which they joined
 * @param spend what was booked to the team
 * @param resetTime when windows of budgets end
 */
export function toTeamResponse(
  row: TeamEntity,
  members: readonly TeamMemberResponse[],
  spend: PicoUsd,
  resetTime: ResetTime,
): Plain<TeamResponse> {
  return {
    team_id: row.teamId,
    team_alias: row.alias,
    organization_id: row.organizationId,
    admins: [],
    members: [],
    members_with_roles: [...members],
    team_member_permissions: null,
    metadata: toMetadata(row.metadata, row.limits),
    tags: ownTagsOf(row.metadata),
    models: row.models,
    allowed_passthrough_routes: row.passThroughRoutes,
    blocked: row.blocked,
    spend: usdNumber(spend),
    ...toLimits(row.limits, resetTime),
    model_id: null,
    litellm_model_table:
      Object.keys(row.modelAliases).length === 0 ? null : { model_aliases: row.modelAliases },
    object_permission: null,
    router_settings: null,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}
