import {
  IsModelList,
  limitsChangeOf,
  LimitsRequest,
  metadataChangeOf,
  namedLimitsOf,
  NotEnforced,
  type WithLimitsChange,
} from '#libs/access';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import type { OrganizationValues } from '../entities/organization-record.js';
import { ORGANIZATION_NOT_ENFORCED } from './organization-limits.js';

/** Members that every request to make or change an organisation may have. The alias is required in one of them. */
@NotEnforced(ORGANIZATION_NOT_ENFORCED)
export abstract class OrganizationValuesRequest extends LimitsRequest {
  abstract organization_alias?: string | null;

  @ApiPropertyOptional({
    type: [String],
    nullable: true,
    description: 'Models that its members may use. Empty or `null`: every model.',
  })
  @IsOptional()
  @IsModelList()
  models?: string[] | null;
}

/** Returns the values that a request names. `null` clears a member, except the alias, which it leaves. */
export function organizationChangesOf(
  request: OrganizationValuesRequest,
): WithLimitsChange<OrganizationValues> {
  const { organization_alias: alias, models } = request;
  return {
    ...(typeof alias === 'string' && { alias }),
    ...(models !== undefined && { models: models ?? [] }),
    ...metadataChangeOf(request),
    ...limitsChangeOf(namedLimitsOf(request)),
  };
}
