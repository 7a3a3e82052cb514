import { Injectable } from '@nestjs/common';
import type { AccessContext } from '#libs/access';
import { GatehouseError } from '#libs/common';
import { CallerStandings } from '#libs/spend';
import type { TeamInfoResponse } from './dto/team-info.response.js';
import type { UserInfoResponse } from './dto/user-info.response.js';
import { TeamDirectory } from './team-directory.service.js';
import { UserQueries } from './user-queries.service.js';

/** Answers about the caller: its user and its team, each with what is left of all limits of the caller. */
@Injectable()
export class OwnInfo {
  constructor(
    private readonly users: UserQueries,
    private readonly teams: TeamDirectory,
    private readonly standings: CallerStandings,
  ) {}

  /**
   * Returns the user of the caller.
   * @param access the caller's context
   * @throws GatehouseError `request_invalid` when the caller has no row of its own
   */
  async user(access: AccessContext): Promise<UserInfoResponse> {
    const info = await this.users.info(undefined, access);
    return Object.assign(info, { caller: (await this.standings.of(access)).response });
  }

  /**
   * Returns the team that the caller's requests count against.
   * @param access the caller's context
   * @throws GatehouseError `request_invalid` when they count against none
   */
  async team(access: AccessContext): Promise<TeamInfoResponse> {
    const { teamId } = access.attribution;
    if (teamId === null) throw noTeam();
    const info = await this.teams.info(teamId, access);
    return Object.assign(info, { caller: (await this.standings.of(access)).response });
  }
}

function noTeam(): GatehouseError {
  return new GatehouseError('request_invalid', {
    message: 'This credential has no team of its own; name one by team_id.',
    param: 'team_id',
  });
}
