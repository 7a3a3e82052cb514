import {
  BudgetDurationMember,
  EmptyTextIs,
  IsAlias,
  IsModelList,
  LIMIT_TYPE_MEMBERS,
  limitsChangeOf,
  LimitsRequest,
  LimitTypeMember,
  limitTypesFault,
  metadataChangeOf,
  MetadataMember,
  ModelAliasesMember,
  namedLimitsOf,
  namedLimitTypesOf,
  newLimitsOf,
  NotEnforced,
  OptionalIdentity,
  ownTagsFault,
  OwnTagsMember,
  PassThroughRoutesMember,
  RateMember,
  taggedMetadataOf,
  TEAM_LIMIT_TYPES,
  UnpricedModelsMember,
  UsdMember,
  type LimitType,
  type ModelAliases,
  type NamedLimits,
  type WithLimitsChange,
} from '#libs/access';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional } from 'class-validator';
import { NO_TEAM_VALUES, type TeamValues } from '../entities/team-record.js';
import { namedMemberLimitsOf } from './member-limits.js';
import { TEAM_NOT_ENFORCED } from './team-limits.js';

/** Members that every request to make or change a team may have. */
@NotEnforced(TEAM_NOT_ENFORCED)
export class TeamValuesRequest extends LimitsRequest {
  @ApiPropertyOptional({ type: String, nullable: true, description: 'Display name.' })
  @IsOptional()
  @EmptyTextIs('null')
  @IsAlias()
  team_alias?: string | null;

  @OptionalIdentity({ nullable: true })
  organization_id?: string | null;

  @ApiPropertyOptional({
    type: [String],
    nullable: true,
    description: 'Models that the team may use. Empty or `null`: every model.',
  })
  @IsOptional()
  @IsModelList()
  models?: string[] | null;

  @ApiPropertyOptional({
    type: Boolean,
    nullable: true,
    description: 'Refuses every request of the team. `null` changes nothing.',
  })
  @IsOptional()
  @IsBoolean()
  blocked?: boolean | null;

  @UsdMember('US dollars of each member who has no budget of its own in the team.')
  team_member_budget?: number | string | null;

  @BudgetDurationMember()
  team_member_budget_duration?: string | null;

  @RateMember('Requests per minute of each member who has no such limit of its own in the team.')
  team_member_rpm_limit?: number | null;

  @RateMember('Tokens per minute of each member who has no such limit of its own in the team.')
  team_member_tpm_limit?: number | null;

  @LimitTypeMember(TEAM_LIMIT_TYPES)
  rpm_limit_type?: LimitType | null;

  @LimitTypeMember(TEAM_LIMIT_TYPES)
  tpm_limit_type?: LimitType | null;

  @MetadataMember(
    (metadata, path) =>
      limitTypesFault(metadata, path, TEAM_LIMIT_TYPES) ?? ownTagsFault(metadata, path),
  )
  override metadata?: Record<string, unknown> | null;

  @UnpricedModelsMember()
  team_member_unpriced_models?: 'allow' | 'deny' | null;

  @OwnTagsMember()
  tags?: string[] | null;

  @PassThroughRoutesMember()
  allowed_passthrough_routes?: string[] | null;

  @ModelAliasesMember()
  model_aliases?: ModelAliases | null;
}

/** Returns the limits that a request names, those of every member with them. */
function namedTeamLimitsOf(request: TeamValuesRequest): NamedLimits {
  const members = namedMemberLimitsOf({
    max_budget: request.team_member_budget,
    budget_duration: request.team_member_budget_duration,
    rpm_limit: request.team_member_rpm_limit,
    tpm_limit: request.team_member_tpm_limit,
    unpriced_models: request.team_member_unpriced_models,
  });
  const named = { ...namedLimitsOf(request), ...namedLimitTypesOf(request) };
  return { ...named, ...(Object.keys(members).length > 0 && { members }) };
}

/** Returns the values of a new team: those that a request names, and defaults for the others. */
export function newTeamOf(request: TeamValuesRequest): WithLimitsChange<TeamValues> {
  const limits = newLimitsOf(namedTeamLimitsOf(request));
  return { ...NO_TEAM_VALUES, ...teamChangesOf(request), ...limits };
}

/** Returns the values that a request names. `null` clears a member, except `blocked`, which it leaves. */
export function teamChangesOf(request: TeamValuesRequest): WithLimitsChange<TeamValues> {
  const { team_alias: alias, organization_id: organizationId, models } = request;
  const { allowed_passthrough_routes: passThroughRoutes, model_aliases: modelAliases } = request;
  return {
    ...(alias !== undefined && { alias }),
    ...(organizationId !== undefined && { organizationId }),
    ...(models !== undefined && { models: models ?? [] }),
    ...(passThroughRoutes !== undefined && { passThroughRoutes: passThroughRoutes ?? [] }),
    ...(modelAliases !== undefined && { modelAliases: modelAliases ?? {} }),
    ...taggedMetadataOf(request, metadataChangeOf(request, LIMIT_TYPE_MEMBERS)),
    ...limitsChangeOf(namedTeamLimitsOf(request)),
    ...(typeof request.blocked === 'boolean' && { blocked: request.blocked }),
  };
}
