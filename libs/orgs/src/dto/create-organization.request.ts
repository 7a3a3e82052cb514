import {
  IsAlias,
  namedLimitsOf,
  newLimitsOf,
  OptionalIdentity,
  type WithLimitsChange,
} from '#libs/access';
import { ApiProperty } from '@nestjs/swagger';

import {
  NO_ORGANIZATION_VALUES,
  type OrganizationValues,
} from '../entities/organization-record.js';
import { organizationChangesOf, OrganizationValuesRequest } from './organization-values.request.js';

/** Body of `POST /organization/new`. */
export class CreateOrganizationRequest extends OrganizationValuesRequest {
  @OptionalIdentity({ nullable: true, description: 'Generated when absent.' })
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
  const limits = newLimitsOf(namedLimitsOf(request));
  return { ...NO_ORGANIZATION_VALUES, ...organizationChangesOf(request), ...limits, alias };
}
