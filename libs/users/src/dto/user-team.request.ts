import { IsIdentity, limitsChangeOf, usdTextOf, UsdMember, type LimitsChange } from '#libs/access';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';

/** One team in a user's list of teams. */
export class UserTeamRequest {
  @ApiProperty({ type: String })
  @IsIdentity()
  team_id!: string;

  @ApiPropertyOptional({ enum: ['admin', 'user'], nullable: true, description: 'Default `user`.' })
  @IsOptional()
  @IsIn(['admin', 'user'])
  user_role?: 'admin' | 'user' | null;

  @UsdMember('US dollars that the user may spend in the team; 0: nothing. `null`: no budget.')
  max_budget_in_team?: number | string | null;
}

/** A membership that a list of teams asks for. */
export interface WantedMembership {
  readonly teamId: string;
  readonly role: 'admin' | 'user';
  /** Absent where the list names no limit. */
  readonly limits?: LimitsChange;
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
export function membershipsOf(teams: readonly UserTeamRequest[]): WantedMembership[] {
  const byId = new Map(teams.map((team) => [team.team_id, team]));
  return [...byId].map(([teamId, { user_role: role, max_budget_in_team: budget }]) => ({
    teamId,
    role: role ?? 'user',
    ...(budget !== undefined &&
      limitsChangeOf({ maxBudget: budget === null ? null : usdTextOf(budget) })),
  }));
}
