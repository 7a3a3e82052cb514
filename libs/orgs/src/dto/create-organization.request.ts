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

/** Body of `POST /organization/new`. */
@NotEnforced(ORGANIZATION_NOT_ENFORCED)
export class CreateOrganizationRequest extends LimitsRequest {
  @ApiPropertyOptional({ type: String, nullable: true, description: 'Generated when absent.' })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsIdentity()
  organization_id?: string | null;

  @ApiProperty({ type: String, description: 'Display name.' })
  @IsAlias()
  organization_alias!: string;

  @ApiPropertyOptional({
    type: [String],
    nullable: true,
    description: 'Models that its members may use. Empty or absent: every model.',
  })
  @IsOptional()
  @IsModelList()
  models?: string[] | null;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, nullable: true })
  @IsOptional()
  @IsMetadata()
  metadata?: Record<string, unknown> | null;
}

/** Returns the values of a new organisation in a request. */
export function newOrganizationOf(request: CreateOrganizationRequest): OrganizationValues {
  return {
    alias: request.organization_alias,
    models: request.models ?? [],
    metadata: request.metadata ?? {},
  };
}
