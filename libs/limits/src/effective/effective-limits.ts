import { Injectable } from '@nestjs/common';
import { UNLIMITED, type Attribution, type Limits } from '#libs/access';
import { EndUsersService } from '#libs/end-users';
import { KeysService } from '#libs/keys';
import { OrganizationsService } from '#libs/orgs';
import { teamMemberId, type SpendScope } from '#libs/spend';
import { MembershipsService, TeamsService, type TeamOfUser } from '#libs/teams';
import { UsersService } from '#libs/users';

/** The limits of one subject of a request. */
export interface ScopeLimits {
  readonly scope: SpendScope;
  /** As totals name it: `team:user` for a member. */
  readonly id: string;
  readonly limits: Limits;
}

/** A row as limits need it. */
interface LimitedRow {
  readonly limits: Limits;
}

/** The rows of a request; `null` for an id that it has not, or that has no row. */
interface RequestRows {
  readonly key: LimitedRow | null;
  readonly user: LimitedRow | null;
  readonly team: LimitedRow | null;
  readonly org: LimitedRow | null;
  readonly endUser: LimitedRow | null;
  /** Of the user. */
  readonly memberships: readonly TeamOfUser[];
}

/** Rows of which some may not be in memory. */
type KnownRows = { readonly [Name in keyof RequestRows]: RequestRows[Name] | undefined };

const NO_LIMITS: readonly ScopeLimits[] = [];
const NO_MEMBERSHIPS: readonly TeamOfUser[] = [];

/** Finds the limits that a request has to keep: those of its key, user, team, member, organisation and end user. */
@Injectable()
export class EffectiveLimits {
  constructor(
    private readonly keys: KeysService,
    private readonly users: UsersService,
    private readonly teams: TeamsService,
    private readonly memberships: MembershipsService,
    private readonly organizations: OrganizationsService,
    private readonly endUsers: EndUsersService,
  ) {}

  /**
   * Returns the subjects of a request that have limits, in the order of {@link SpendScope}. Returns no promise when every
   * row is in memory.
   * @throws GatehouseError `database_unavailable`
   */
  of(attribution: Attribution): readonly ScopeLimits[] | Promise<readonly ScopeLimits[]> {
    const known = this.peek(attribution);
    return isComplete(known) ? scopesOf(attribution, known) : this.read(attribution);
  }

  private peek({ keyId, userId, teamId, orgId, endUserId }: Attribution): KnownRows {
    return {
      key: keyId === null ? null : this.keys.peek(keyId),
      user: userId === null ? null : this.users.peek(userId),
      team: teamId === null ? null : this.teams.peek(teamId),
      org: orgId === null ? null : this.organizations.peek(orgId),
      endUser: endUserId === null ? null : this.endUsers.peekLimits(endUserId),
      memberships:
        teamId === null || userId === null ? NO_MEMBERSHIPS : this.memberships.peek(userId),
    };
  }

  private async read(attribution: Attribution): Promise<readonly ScopeLimits[]> {
    const { keyId, userId, teamId, orgId, endUserId } = attribution;
    const [key, user, team, org, endUser, memberships] = await Promise.all([
      keyId === null ? null : this.keys.find(keyId),
      userId === null ? null : this.users.find(userId),
      teamId === null ? null : this.teams.find(teamId),
      orgId === null ? null : this.organizations.find(orgId),
      endUserId === null ? null : this.endUsers.findLimits(endUserId),
      teamId === null || userId === null ? NO_MEMBERSHIPS : this.memberships.of(userId),
    ]);
    return scopesOf(attribution, { key, user, team, org, endUser, memberships });
  }
}

function isComplete(rows: KnownRows): rows is RequestRows {
  const { key, user, team, org, endUser, memberships } = rows;
  return (
    key !== undefined &&
    user !== undefined &&
    team !== undefined &&
    org !== undefined &&
    endUser !== undefined &&
    memberships !== undefined
  );
}

function scopesOf(attribution: Attribution, rows: RequestRows): readonly ScopeLimits[] {
  const { keyId, userId, teamId, orgId, endUserId } = attribution;
  const memberId = teamId === null || userId === null ? null : teamMemberId(teamId, userId);
  const scopes: ScopeLimits[] = [];
  const add = (scope: SpendScope, id: string | null, limits: Limits | undefined): void => {
    if (id === null || limits === undefined || isUnlimited(limits)) return;
    scopes.push({ scope, id, limits });
  };
  add('key', keyId, rows.key?.limits);
  add('user', userId, rows.user?.limits);
  add('team', teamId, rows.team?.limits);
  add('team_member', memberId, memberId === null ? undefined : memberLimits(teamId, rows));
  add('org', orgId, rows.org?.limits);
  add('end_user', endUserId, rows.endUser?.limits);
  return scopes.length === 0 ? NO_LIMITS : scopes;
}

/** A member without limits of their own has those that the team has for its members. */
function memberLimits(teamId: string | null, { team, memberships }: RequestRows): Limits {
  const own = memberships.find((one) => one.teamId === teamId)?.limits ?? UNLIMITED;
  return isUnlimited(own) ? (team?.limits.members ?? UNLIMITED) : own;
}

function isUnlimited(limits: Limits): boolean {
  for (const _member in limits) return false;
  return true;
}
