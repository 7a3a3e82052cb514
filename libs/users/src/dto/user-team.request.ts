import { NotEnforced, IsIdentity } from '#libs/access';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';

/** One team in a user's list of teams. */
@NotEnforced(['max_budget_in_team'])
export class UserTeamRequest {
  @ApiProperty({ type: String })
  @IsIdentity()
  team_id!: string;

  @ApiPropertyOptional({ enum: ['admin', 'user'], nullable: true, description: 'Default `user`.' })
  @IsOptional()
  @IsIn(['admin', 'user'])
  user_role?: 'admin' | 'user' | null;
}

/**
 * The list with every bare team id in its long form, because LiteLLM accepts both.
 * @param teams the member as received; anything but a list is left to the validator
 */
export function withLongForms(teams: unknown): unknown {
  if (!Array.isArray(teams)) return teams;
  return teams.map((team: unknown) =>
    typeof team === 'string' ? Object.assign(new UserTeamRequest(), { team_id: team }) : team,
  );
}

/** The memberships that a list of teams asks for; the last mention of a team counts. */
export function membershipsOf(
  teams: readonly UserTeamRequest[],
): { teamId: string; role: 'admin' | 'user' }[] {
  const roles = new Map(teams.map((team) => [team.team_id, team.user_role ?? 'user']));
  return [...roles].map(([teamId, role]) => ({ teamId, role }));
}
