import { TeamResponse } from '#libs/teams';
import { UserResponse } from '#libs/users';
import { ApiProperty } from '@nestjs/swagger';
import { TeamMembershipResponse } from './team-info.response.js';

/** Answer of `POST /team/member_add`: the team's row and what was added. */
export class AddedTeamMembersResponse extends TeamResponse {
  @ApiProperty({ type: [UserResponse] })
  updated_users!: UserResponse[];

  @ApiProperty({ type: [TeamMembershipResponse] })
  updated_team_memberships!: TeamMembershipResponse[];
}
