import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  EmptyTextIs,
  IsAlias,
  IsIdentity,
  IsMetadata,
  IsModelList,
  LimitsRequest,
  NotEnforced,
} from '#libs/access';
import { IsOptional } from 'class-validator';
import type { OrganizationValues } from '../entities/organization-record.js';
import { ORGANIZATION_NOT_ENFORCED } from './organization-limits.js';

/** Body of `PATCH /organization/update`. What is absent stays; `null` clears. */
@NotEnforced(ORGANIZATION_NOT_ENFORCED)
export class UpdateOrganizationRequest extends LimitsRequest {
  @ApiProperty({ type: String })
  @IsIdentity()
  organization_id!: string;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'Display name; `null` leaves it, because an organization always has one.',
  })
  @IsOptional()
  @EmptyTextIs('null')
  @IsAlias()
  organization_alias?: string | null;

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
}

/** Returns the changes of an organisation in a request. */
export function organizationChangesOf(
  request: UpdateOrganizationRequest,
): Partial<OrganizationValues> {
  const { organization_alias: alias, models, metadata } = request;
  return {
    ...(typeof alias === 'string' && { alias }),
    ...(models !== undefined && { models: models ?? [] }),
    ...(metadata !== undefined && { metadata: metadata ?? {} }),
  };
}
