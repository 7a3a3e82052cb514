import { EmptyTextIs, IsAlias, IsIdentity } from '#libs/access';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { OrganizationValuesRequest } from './organization-values.request.js';

/**
 * Body of `PATCH /organization/update`. An absent member stays unchanged, `null` clears it, and an
 * empty list is stored as such.
 */
export class UpdateOrganizationRequest extends OrganizationValuesRequest {
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
}
