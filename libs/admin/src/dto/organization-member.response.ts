import { MaxBudgetUsageMember, type WindowUsageResponse } from '#libs/access';
import { ORGANIZATION_ROLES, type OrganizationRole } from '#libs/orgs';
import { ApiProperty } from '@nestjs/swagger';

/** A user in an organisation: by a membership of its own, or through one of the organisation's teams. */
export class OrganizationMemberResponse {
  @ApiProperty({ type: String })
  user_id!: string;

  @ApiProperty({ type: String })
  organization_id!: string;

  @ApiProperty({
    enum: ORGANIZATION_ROLES,
    nullable: true,
    description: 'null for a user who is in a team of the organization and has no membership.',
  })
  user_role!: OrganizationRole | null;

  @ApiProperty({ type: Number, description: 'Spend of the user in the organization, US dollars.' })
  spend!: number;

  @ApiProperty({ type: String, nullable: true })
  budget_id!: string | null;

  @ApiProperty({ type: String, nullable: true })
  user_email!: string | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'The budget of the membership; null for none.',
  })
  litellm_budget_table!: object | null;

  @ApiProperty({ type: String, format: 'date-time' })
  created_at!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  updated_at!: string;

  @MaxBudgetUsageMember()
  max_budget_usage?: WindowUsageResponse;
}

/** A user that became a member. */
export class OrganizationUserResponse {
  @ApiProperty({ type: String })
  user_id!: string;

  @ApiProperty({ type: String, nullable: true })
  user_email!: string | null;

  @ApiProperty({ type: String, nullable: true })
  user_alias!: string | null;
}

/** Answer of `POST /organization/member_add`. */
export class AddedOrganizationMembersResponse {
  @ApiProperty({ type: String })
  organization_id!: string;

  @ApiProperty({ type: [OrganizationUserResponse] })
  updated_users!: OrganizationUserResponse[];

  @ApiProperty({ type: [OrganizationMemberResponse] })
  updated_organization_memberships!: OrganizationMemberResponse[];
}
