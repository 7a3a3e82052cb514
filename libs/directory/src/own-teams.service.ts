import { Injectable } from '@nestjs/common';
import type { AccessContext } from '#libs/access';
import { MembershipsService } from '#libs/teams';

/** Which teams are a caller's own. */
@Injectable()
export class OwnTeams {
  constructor(private readonly memberships: MembershipsService) {}

  /**
   * Ids of the team of the request and of every team of which the caller is a member.
   * @param access the request's context
   * @throws GatehouseError `database_unavailable`
   */
  async of(access: AccessContext): Promise<string[]> {
    const { teamId, userId } = access.attribution;
    const joined = userId === null ? [] : await this.memberships.of(userId);
    const ids = new Set(joined.map((team) => team.teamId));
    if (teamId !== null) ids.add(teamId);
    return [...ids];
  }
}
