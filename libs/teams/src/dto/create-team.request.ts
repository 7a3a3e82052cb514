import {
  EmptyTextIs,
  EmptyTextIsNothing,
  IsAlias,
  IsIdentity,
  IsMetadata,
  IsModelList,
  NotEnforced,
} from '#libs/access';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsObject,
  IsOptional,
  ValidateNested,
} from 'class-validator';
import type { TeamValues } from '../team-record.js';
import { TEAM_NOT_ENFORCED } from './team-limits.js';
import { MAX_MEMBERS, TeamMemberRequest } from './team-member.request.js';

/** Body of `POST /team/new`. */
@NotEnforced(TEAM_NOT_ENFORCED)
export class CreateTeamRequest {
  @ApiPropertyOptional({ type: String, nullable: true, description: 'Generated when absent.' })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsIdentity()
  team_id?: string | null;

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
    description: 'Models that the team may use. Empty or absent: every model.',
  })
  @IsOptional()
  @IsModelList()
  models?: string[] | null;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, nullable: true })
  @IsOptional()
  @IsMetadata()
  metadata?: Record<string, unknown> | null;

  @ApiPropertyOptional({ type: Boolean, nullable: true, default: false })
  @IsOptional()
  @IsBoolean()
  blocked?: boolean | null;

  @ApiPropertyOptional({
    type: [TeamMemberRequest],
    nullable: true,
    description: 'Members. Users who do not exist yet are made.',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_MEMBERS)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => TeamMemberRequest)
  @EmptyTextIsNothing()
  members_with_roles?: TeamMemberRequest[] | null;
}

/**
 * What a request says about a new team.
 * @param request a valid body
 */
export function newTeamOf(request: CreateTeamRequest): TeamValues {
  return {
    alias: request.team_alias ?? null,
    organizationId: request.organization_id ?? null,
    models: request.models ?? [],
    metadata: request.metadata ?? {},
    blocked: request.blocked ?? false,
  };
}
