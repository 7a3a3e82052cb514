import {
  EmptyTextIs,
  IsAlias,
  IsIdentity,
  IsMetadata,
  IsModelList,
  NotEnforced,
} from '#libs/access';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional } from 'class-validator';
import type { TeamValues } from '../team-record.js';
import { TEAM_NOT_ENFORCED } from './team-limits.js';

/** Body of `POST /team/update`. What is absent stays; `null` clears; an empty list is an empty list. */
@NotEnforced(TEAM_NOT_ENFORCED)
export class UpdateTeamRequest {
  @ApiProperty({ type: String })
  @IsIdentity()
  team_id!: string;

  @ApiPropertyOptional({ type: String, nullable: true })
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
    description: 'Replaces the list; empty or `null`: every model.',
  })
  @IsOptional()
  @IsModelList()
  models?: string[] | null;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'Replaces the metadata; `null` empties it.',
  })
  @IsOptional()
  @IsMetadata()
  metadata?: Record<string, unknown> | null;

  @ApiPropertyOptional({ type: Boolean, nullable: true, description: '`null` leaves it.' })
  @IsOptional()
  @IsBoolean()
  blocked?: boolean | null;
}

/**
 * What a request changes about a team.
 * @param request a valid body
 */
export function teamChangesOf(request: UpdateTeamRequest): Partial<TeamValues> {
  const { team_alias: alias, organization_id: organizationId, models, metadata } = request;
  return {
    ...(alias !== undefined && { alias }),
    ...(organizationId !== undefined && { organizationId }),
    ...(models !== undefined && { models: models ?? [] }),
    ...(metadata !== undefined && { metadata: metadata ?? {} }),
    ...(typeof request.blocked === 'boolean' && { blocked: request.blocked }),
  };
}
