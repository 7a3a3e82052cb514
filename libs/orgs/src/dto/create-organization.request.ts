import { EmptyTextIs, IsAlias, IsIdentity, type WithLimitsChange } from '#libs/access';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import {
  NO_ORGANIZATION_VALUES,
  type OrganizationValues,
} from '../entities/organization-record.js';
import { organizationChangesOf, OrganizationValuesRequest } from './organization-values.request.js';

/** Body of `POST /organization/new`. */
export class CreateOrganizationRequest extends OrganizationValuesRequest {
  @ApiPropertyOptional({ type: String, nullable: true, description: 'Generated when absent.' })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsIdentity()
  organization_id?: string | null;

  @ApiProperty({ type: String, description: 'Display name.' })
  @IsAlias()
  organization_alias!: string;
}

/** Returns the values of a new organisation: those that a request names, and defaults for the others. */
export function newOrganizationOf(
  request: CreateOrganizationRequest,
): WithLimitsChange<OrganizationValues> & Pick<OrganizationValues, 'alias'> {
  const { organization_alias: alias } = request;
  return { ...NO_ORGANIZATION_VALUES, ...organizationChangesOf(request), alias };
}
