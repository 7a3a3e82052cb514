import { OrganizationResponse } from '#libs/orgs';
import { TeamResponse } from '#libs/teams';
import { ApiProperty } from '@nestjs/swagger';

/** A user who belongs to an organisation through one of its teams. */
export class OrganizationMemberResponse {
  @ApiProperty({ type: String })
  user_id!: string;

  @ApiProperty({ type: String })
  organization_id!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Role within the organization; none are given yet.',
  })
  user_role!: string | null;

  @ApiProperty({ type: Number, description: 'Spend of the user in its teams, US dollars.' })
  spend!: number;

  @ApiProperty({ type: String, nullable: true })
  budget_id!: string | null;

  @ApiProperty({ type: String, nullable: true })
  user_email!: string | null;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  litellm_budget_table!: object | null;

  @ApiProperty({ type: String, format: 'date-time' })
  created_at!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  updated_at!: string;
}

/** An organisation with its teams and the people in them. */
export class OrganizationInfoResponse extends OrganizationResponse {
  @ApiProperty({ type: [TeamResponse] })
  teams!: TeamResponse[];

  @ApiProperty({ type: [OrganizationMemberResponse] })
  members!: OrganizationMemberResponse[];

  @ApiProperty({ type: [OrganizationMemberResponse], description: 'Always empty; see `members`.' })
  users!: OrganizationMemberResponse[];
}
