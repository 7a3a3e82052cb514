import { Injectable } from '@nestjs/common';
import { mayReadEverything, userIdOf, type AccessContext } from '#libs/access';
import { GatehouseError } from '#libs/common';
import type { CubeFilter } from '#libs/spend';
import { MembershipsService } from '#libs/teams';

/** Decides whose spend a caller sees. */
@Injectable()
export class ReportScope {
  constructor(private readonly memberships: MembershipsService) {}

  /**
   * Narrows a filter to what the caller may see. Administrators and their viewers see everything. Everybody else sees its own
   * spend, and an administrator of a team all spend of the team, when the filter names only such teams.
   * @throws GatehouseError `route_not_allowed` when the filter names another user or a team that the caller is not in, and for
   * a caller without a user
   */
  async confine(access: AccessContext, asked: CubeFilter): Promise<CubeFilter> {
    if (mayReadEverything(access)) return asked;
    const userId = userIdOf(access);
    if (userId === null || asked.user?.some((id) => id !== userId) === true) throw refusal();
    const own = { ...asked, user: [userId] };
    if (asked.team === undefined || asked.user !== undefined) return own;
    const memberships = await this.memberships.of(userId);
    const roles = new Map(memberships.map(({ teamId, role }) => [teamId, role]));
    if (asked.team.some((id) => !roles.has(id))) throw refusal();
    return asked.team.every((id) => roles.get(id) === 'admin') ? asked : own;
  }
}

function refusal(): GatehouseError {
  return new GatehouseError('route_not_allowed');
}
