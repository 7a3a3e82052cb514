import {
  EmptyTextIs,
  IsAlias,
  IsIdentity,
  IsModelList,
  limitsChangeOf,
  LimitsRequest,
  metadataChangeOf,
  namedLimitsOf,
  newLimitsOf,
  NotEnforced,
  type WithLimitsChange,
} from '#libs/access';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional } from 'class-validator';
import { NO_TEAM_VALUES, type TeamValues } from '../entities/team-record.js';
import { TEAM_NOT_ENFORCED } from './team-limits.js';

/** Members that every request to make or change a team may have. */
@NotEnforced(TEAM_NOT_ENFORCED)
export class TeamValuesRequest extends LimitsRequest {
  @ApiPropertyOptional({ type: String, nullable: true, description: 'Display name.' })
  @IsOptional()
  @EmptyTextIs('null')
  @IsAlias()
  team_alias?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsIdentity()
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
}

/** Returns the values of a new team: those that a request names, and defaults for the others. */
export function newTeamOf(request: TeamValuesRequest): WithLimitsChange<TeamValues> {
  const limits = newLimitsOf(namedLimitsOf(request));
  return { ...NO_TEAM_VALUES, ...teamChangesOf(request), ...limits };
}

/** Returns the values that a request names. `null` clears a member, except `blocked`, which it leaves. */
export function teamChangesOf(request: TeamValuesRequest): WithLimitsChange<TeamValues> {
  const { team_alias: alias, organization_id: organizationId, models } = request;
  return {
    ...(alias !== undefined && { alias }),
    ...(organizationId !== undefined && { organizationId }),
    ...(models !== undefined && { models: models ?? [] }),
    ...metadataChangeOf(request),
    ...limitsChangeOf(namedLimitsOf(request)),
    ...(typeof request.blocked === 'boolean' && { blocked: request.blocked }),
  };
}
