import { Injectable } from '@nestjs/common';
import type { Attribution, Limits } from '#libs/access';
import { EndUsersService } from '#libs/end-users';
import { KeysService } from '#libs/keys';
import { OrganizationsService } from '#libs/orgs';
import { TeamsService } from '#libs/teams';
import { UsersService } from '#libs/users';
import { MemberRowsService, type MemberRows } from './member-rows.js';

/** A row as limits need it. */
export interface LimitedRow {
  readonly limits: Limits;
}

/** The rows of a request; `null` for an id that it has not, or that has no row. */
export interface RequestRows {
  readonly key: LimitedRow | null;
  readonly user: LimitedRow | null;
  readonly team: LimitedRow | null;
  readonly org: LimitedRow | null;
  readonly endUser: LimitedRow | null;
  readonly members: MemberRows;
}

/** Rows of which some may not be in memory. */
type KnownRows = { readonly [Name in keyof RequestRows]: RequestRows[Name] | undefined };

/** Finds the rows of a request that have limits. */
@Injectable()
export class LimitRows {
  constructor(
    private readonly keys: KeysService,
    private readonly users: UsersService,
    private readonly teams: TeamsService,
    private readonly members: MemberRowsService,
    private readonly organizations: OrganizationsService,
    private readonly endUsers: EndUsersService,
  ) {}

  /**
   * Returns the rows of a request. Returns no promise when all of them are in memory.
   * @throws GatehouseError `database_unavailable`
   */
  of(attribution: Attribution): RequestRows | Promise<RequestRows> {
    const known = this.peek(attribution);
    return isComplete(known) ? known : this.read(attribution);
  }

  private peek(attribution: Attribution): KnownRows {
    const { keyId, userId, teamId, orgId, endUserId } = attribution;
    return {
      key: keyId === null ? null : this.keys.peek(keyId),
      user: userId === null ? null : this.users.peek(userId),
      team: teamId === null ? null : this.teams.peek(teamId),
      org: orgId === null ? null : this.organizations.peek(orgId),
      endUser: endUserId === null ? null : this.endUsers.peekLimits(endUserId),
      members: this.members.peek(attribution),
    };
  }

  private async read(attribution: Attribution): Promise<RequestRows> {
    const { keyId, userId, teamId, orgId, endUserId } = attribution;
    const [key, user, team, org, endUser, members] = await Promise.all([
      keyId === null ? null : this.keys.find(keyId),
      userId === null ? null : this.users.find(userId),
      teamId === null ? null : this.teams.find(teamId),
      orgId === null ? null : this.organizations.find(orgId),
      endUserId === null ? null : this.endUsers.findLimits(endUserId),
      this.members.read(attribution),
    ]);
    return { key, user, team, org, endUser, members };
  }
}

function isComplete(rows: KnownRows): rows is RequestRows {
  const { key, user, team, org, endUser, members } = rows;
  return (
    key !== undefined &&
    user !== undefined &&
    team !== undefined &&
    org !== undefined &&
    endUser !== undefined &&
    members !== undefined
  );
}
