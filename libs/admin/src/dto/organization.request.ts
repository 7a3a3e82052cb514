import { IsIdentity, IsIdentityList, OptionalIdentity, OptionalText } from '#libs/access';
import { ApiProperty } from '@nestjs/swagger';

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
  @OptionalIdentity()
  org_id?: string;

  @OptionalText(MAX_ALIAS_LENGTH, { description: 'The whole alias.' })
  org_alias?: string;
}

/** Body of `DELETE /organization/delete`. */
export class DeleteOrganizationsRequest {
  @ApiProperty({ type: [String], minItems: 1, maxItems: MAX_ORGANIZATIONS })
  @IsIdentityList(MAX_ORGANIZATIONS, 1)
  organization_ids!: string[];
}
