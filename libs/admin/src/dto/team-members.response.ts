import { TeamResponse } from '#libs/teams';
import { UserResponse } from '#libs/users';
import { ApiProperty } from '@nestjs/swagger';
import { TeamMembershipResponse } from './team-info.response.js';

/** Answer of `POST /team/member_update`: the member and its limits in the team. */
export class UpdatedTeamMemberResponse {
  @ApiProperty({ type: String })
  team_id!: string;

  @ApiProperty({ type: String })
  user_id!: string;

  @ApiProperty({ type: String, nullable: true })
  user_email!: string | null;

  @ApiProperty({ enum: ['admin', 'user'] })
  role!: 'admin' | 'user';

  @ApiProperty({ type: Number, nullable: true, description: 'US dollars.' })
  max_budget_in_team!: number | null;

  @ApiProperty({ type: String, nullable: true })
  budget_duration!: string | null;

  @ApiProperty({ type: 'integer', nullable: true })
  tpm_limit!: number | null;

  @ApiProperty({ type: 'integer', nullable: true })
  rpm_limit!: number | null;

  @ApiProperty({ enum: ['allow', 'deny'], required: false, description: 'Only where it is set.' })
  unpriced_models?: 'allow' | 'deny';
}

/** Answer of `POST /team/member_add`: the team's row and what was added. */
export class AddedTeamMembersResponse extends TeamResponse {
  @ApiProperty({ type: [UserResponse] })
  updated_users!: UserResponse[];

  @ApiProperty({ type: [TeamMembershipResponse] })
  updated_team_memberships!: TeamMembershipResponse[];
}
