import { Injectable } from '@nestjs/common';
import {
  mayReadEverything,
  ownSpendOf,
  personalSpendOf,
  userIdOf,
  type AccessContext,
} from '#libs/access';
import { GatehouseError } from '#libs/common';
import { KeysService } from '#libs/keys';
import type { CubeFilter, SpendLogsFilter } from '#libs/spend';
import { MembershipsService, TeamsService, type TeamRole } from '#libs/teams';

/** Decides whose spend a caller sees. */
@Injectable()
export class ReportScope {
  constructor(
    private readonly memberships: MembershipsService,
    private readonly teams: TeamsService,
    private readonly keys: KeysService,
  ) {}

  /**
   * Narrows a filter to what the caller may see. Administrators and their viewers see everything, an administrator of an
   * organisation what is booked to the organisation, an administrator of a team what is booked to the team where the filter
   * names it, and everybody its own: what is booked to its user, or to its virtual key where that has no user.
   * @param subject `team` where the report is about teams: then an administrator of teams need not name them
   * @throws GatehouseError `route_not_allowed` when the filter names what the caller may not see, and for a caller
   * that nothing is booked to
   */
  async confine(
    access: AccessContext,
    asked: CubeFilter,
    subject: 'any' | 'team' = 'any',
  ): Promise<CubeFilter> {
    if (mayReadEverything(access)) return asked;
    const { administeredOrganizations: organizations } = access;
    if (asked.organization !== undefined) {
      if (asked.organization.every((id) => organizations.includes(id))) return asked;
      throw refusal('an organization');
    }
    if (asked.team !== undefined) return this.ofTeams(access, asked, asked.team);
    if (organizations.length > 0 && !isAboutItself(access, asked)) {
      return { ...asked, ...ownSpendOf(access) };
    }
    const team = subject === 'team' ? await this.ledBy(access, asked) : [];
    return team.length > 0 ? { ...asked, team } : this.own(access, asked);
  }

  /**
   * {@link confine} for single requests.
   * @throws GatehouseError as {@link confine}
   */
  async confineLogs(access: AccessContext, asked: SpendLogsFilter): Promise<SpendLogsFilter> {
    if (mayReadEverything(access)) return asked;
    const { userId, teamId, keyId } = asked;
    const confined = await this.confine(access, {
      ...(userId === undefined ? {} : { user: [userId] }),
      ...(teamId === undefined ? {} : { team: [teamId] }),
      ...(keyId === undefined ? {} : { key: [keyId] }),
    });
    return {
      ...asked,
      userId: confined.user?.[0],
      organizationIds: confined.organization,
      keyIds: confined.key,
    };
  }

  private async ofTeams(
    access: AccessContext,
    asked: CubeFilter,
    teams: readonly string[],
  ): Promise<CubeFilter> {
    const roles = await this.rolesOf(access);
    if (teams.every((id) => roles.get(id) === 'admin')) return asked;
    const { administeredOrganizations: organization, attribution } = access;
    if (organization.length > 0) {
      const rows = await Promise.all(teams.map((id) => this.teams.find(id)));
      const isInside = rows.every((row) => organization.includes(row?.organizationId ?? ''));
      // What the team spent before it came into the organisation is not the organisation's.
      if (isInside) return { ...asked, organization };
    }
    if (teams.every((id) => roles.has(id) || id === attribution.teamId)) {
      return this.own(access, asked);
    }
    throw refusal('a team');
  }

  private async own(access: AccessContext, asked: CubeFilter): Promise<CubeFilter> {
    if (asked.user !== undefined && !isAboutItself(access, asked)) throw refusal('a user');
    const own = personalSpendOf(access);
    const foreign = await Promise.all((asked.key ?? []).map((id) => this.isForeign(access, id)));
    if (foreign.includes(true)) throw refusal('a virtual key');
    return 'key' in own && asked.key !== undefined ? asked : { ...asked, ...own };
  }

  /** A key that does not exist is as foreign as one of another user (threat A03). */
  private async isForeign(access: AccessContext, keyId: string): Promise<boolean> {
    const { keyId: own, firstKeyId } = access.attribution;
    if (keyId === own || keyId === firstKeyId) return false;
    const userId = userIdOf(access);
    return userId === null || (await this.keys.find(keyId))?.userId !== userId;
  }

  /** Ids of the teams that the caller administers; none where the filter names a user. */
  private async ledBy(access: AccessContext, { user }: CubeFilter): Promise<readonly string[]> {
    if (user !== undefined) return [];
    const roles = await this.rolesOf(access);
    return [...roles].filter(([, role]) => role === 'admin').map(([id]) => id);
  }

  private async rolesOf(access: AccessContext): Promise<ReadonlyMap<string, TeamRole>> {
    const userId = userIdOf(access);
    const memberships = userId === null ? [] : await this.memberships.of(userId);
    return new Map(memberships.map(({ teamId, role }) => [teamId, role]));
  }
}

/** Names users, and none but the caller. */
function isAboutItself(access: AccessContext, { user }: CubeFilter): boolean {
  return user?.every((id) => id === userIdOf(access)) === true;
}

function refusal(what: string): GatehouseError {
  return new GatehouseError('route_not_allowed', {
    message: `The report names ${what} that this credential may not see the spend of.`,
  });
}
