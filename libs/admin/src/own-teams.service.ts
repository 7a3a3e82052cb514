import { Injectable } from '@nestjs/common';
import { mayReadEverything, type AccessContext } from '#libs/access';
import { GatehouseError } from '#libs/common';
import { OrganizationMembershipsService } from '#libs/orgs';
import { MembershipsService } from '#libs/teams';

/** Finds the teams and organisations of a caller. */
@Injectable()
export class OwnTeams {
  constructor(
    private readonly memberships: MembershipsService,
    private readonly organizations: OrganizationMembershipsService,
  ) {}

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

  /**
   * Ids of the organisation of the request, of every organisation of which the caller is a member, and of those that it
   * administers.
   * @param access the request's context
   * @throws GatehouseError `database_unavailable`
   */
  async organizationsOf(access: AccessContext): Promise<string[]> {
    const { orgId, userId } = access.attribution;
    const joined = userId === null ? [] : await this.organizations.of(userId);
    const ids = new Set(joined.map(({ organizationId }) => organizationId));
    for (const id of access.administeredOrganizations) ids.add(id);
    if (orgId !== null) ids.add(orgId);
    return [...ids];
  }

  /**
   * The teams to which a listing is confined, `null` for all.
   * @param userId the user whose teams are asked for, if any
   * @param access the request's context
   * @throws GatehouseError `route_not_allowed` when an ordinary caller asks for another user's teams
   */
  async confine(
    userId: string | undefined,
    access: AccessContext,
  ): Promise<readonly string[] | null> {
    if (!mayReadEverything(access)) {
      if (userId !== undefined && userId !== access.attribution.userId) {
        throw new GatehouseError('route_not_allowed');
      }
      return this.of(access);
    }
    if (userId === undefined) return null;
    const memberships = await this.memberships.listByUsers([userId]);
    return memberships.map((membership) => membership.teamId);
  }
}
