import { Injectable } from '@nestjs/common';
import { UNLIMITED, type Attribution, type Limits } from '#libs/access';
import { OrganizationMembershipsService, type OrganizationOfUser } from '#libs/orgs';
import { MembershipsService, type TeamOfUser } from '#libs/teams';

/** The limits that the user of a request has as a member, without those that a team has for all of its members. */
export interface MemberRows {
  readonly inTeam: Limits;
  readonly inOrganization: Limits;
}

const NONE: MemberRows = { inTeam: UNLIMITED, inOrganization: UNLIMITED };

/** Finds the memberships of the user of a request in the team and in the organisation of the request. */
@Injectable()
export class MemberRowsService {
  constructor(
    private readonly teams: MembershipsService,
    private readonly organizations: OrganizationMembershipsService,
  ) {}

  /** What {@link read} finds in memory; `undefined` when it would have to read. */
  peek(attribution: Attribution): MemberRows | undefined {
    const { userId, teamId, orgId } = attribution;
    if (userId === null) return NONE;
    const teams = teamId === null ? [] : this.teams.peek(userId);
    const organizations = orgId === null ? [] : this.organizations.peek(userId);
    if (teams === undefined || organizations === undefined) return undefined;
    return rowsOf(attribution, teams, organizations);
  }

  /**
   * Returns the limits of the user as a member.
   * @throws GatehouseError `database_unavailable`
   */
  async read(attribution: Attribution): Promise<MemberRows> {
    const { userId, teamId, orgId } = attribution;
    if (userId === null) return NONE;
    const [teams, organizations] = await Promise.all([
      teamId === null ? [] : this.teams.of(userId),
      orgId === null ? [] : this.organizations.of(userId),
    ]);
    return rowsOf(attribution, teams, organizations);
  }
}

function rowsOf(
  { teamId, orgId }: Attribution,
  teams: readonly TeamOfUser[],
  organizations: readonly OrganizationOfUser[],
): MemberRows {
  if (teams.length === 0 && organizations.length === 0) return NONE;
  return {
    inTeam: teams.find((one) => one.teamId === teamId)?.limits ?? UNLIMITED,
    inOrganization: organizations.find((one) => one.organizationId === orgId)?.limits ?? UNLIMITED,
  };
}
