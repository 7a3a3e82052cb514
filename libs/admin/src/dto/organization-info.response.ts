import { OrganizationResponse } from '#libs/orgs';
import { TeamResponse } from '#libs/teams';
import { ApiProperty } from '@nestjs/swagger';
import { OrganizationMemberResponse } from './organization-member.response.js';

/** An organisation with its teams and the people in them. */
export class OrganizationInfoResponse extends OrganizationResponse {
  @ApiProperty({ type: [TeamResponse] })
  teams!: TeamResponse[];

  @ApiProperty({ type: [OrganizationMemberResponse] })
  members!: OrganizationMemberResponse[];

  @ApiProperty({ type: [OrganizationMemberResponse], description: 'Always empty; see `members`.' })
  users!: OrganizationMemberResponse[];
}
