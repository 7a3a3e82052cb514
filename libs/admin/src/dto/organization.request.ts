import { EmptyTextIs, IsIdentity, IsIdentityList, IsText } from '#libs/access';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayNotEmpty, IsOptional } from 'class-validator';

const MAX_ORGANIZATIONS = 100;
const MAX_ALIAS_LENGTH = 255;

/** Query of `GET /organization/info`. */
export class OrganizationIdRequest {
  @ApiProperty({ type: String })
  @IsIdentity()
  organization_id!: string;
}

/** Query of `GET /organization/list`. */
export class ListOrganizationsRequest {
  @ApiPropertyOptional({ type: String })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsIdentity()
  org_id?: string;

  @ApiPropertyOptional({ type: String, description: 'The whole alias.' })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsText(MAX_ALIAS_LENGTH)
  org_alias?: string;
}

/** Body of `DELETE /organization/delete`. */
export class DeleteOrganizationsRequest {
  @ApiProperty({ type: [String], minItems: 1, maxItems: MAX_ORGANIZATIONS })
  @ArrayNotEmpty()
  @IsIdentityList(MAX_ORGANIZATIONS)
  organization_ids!: string[];
}
