import { UNLIMITED } from '#libs/access';
import type { EndUserSnapshot } from '#libs/end-users';
import {
  keySnapshotOf,
  type KeyMappingEntity,
  type KeyMappingSnapshot,
  type KeySnapshot,
} from '#libs/keys';
import { organizationSnapshotOf, type OrganizationSnapshot } from '#libs/orgs';
import { teamSnapshotOf, type TeamOfUser, type TeamSnapshot } from '#libs/teams';
import { userSnapshotOf, type UserSnapshot } from '#libs/users';
import {
  endUserRow,
  keyMappingRow,
  keyRow,
  membershipRow,
  organizationRow,
  teamRow,
  userRow,
} from './offline-rows.js';
import type { OfflineRecords } from './offline-records.js';

/** Options of a {@link RowBook}. */
export interface RowBookOptions {
  /**
   * True: a team, user or organisation that is looked up and was not stated is assumed to exist,
   * unblocked and without restrictions. For explaining a token whose rows are not at hand.
   */
  readonly assumesMissing: boolean;
}

/** The rows of an offline evaluation, and which of them were merely assumed. Never changes what was stated. */
export class RowBook {
  private readonly organizations: Map<string, OrganizationSnapshot>;
  private readonly teams: Map<string, TeamSnapshot>;
  private readonly users: Map<string, UserSnapshot>;
  private readonly endUsers: Map<string, EndUserSnapshot>;
  private readonly memberships: Map<string, TeamOfUser[]>;
  private readonly keys: Map<string, KeySnapshot>;
  private readonly keyMappings: readonly KeyMappingEntity[];
  private readonly assumptions = new Set<string>();

  /** @param options what holds for others */
  constructor(
    given: OfflineRecords,
    private readonly options: RowBookOptions,
  ) {
    const organizations = (given.organizations ?? []).map(organizationRow);
    this.organizations = new Map(
      organizations.map((row) => [row.organizationId, organizationSnapshotOf(row)]),
    );
    this.teams = new Map(
      (given.teams ?? []).map((one) => [one.team_id, teamSnapshotOf(teamRow(one))]),
    );
    this.users = new Map(
      (given.users ?? []).map((one) => [one.user_id, userSnapshotOf(userRow(one))]),
    );
    this.endUsers = new Map(
      (given.end_users ?? [])
        .map(endUserRow)
        .map(({ endUserId, blocked }) => [
          endUserId,
          { endUserId, blocked, limits: UNLIMITED, models: null },
        ]),
    );
    this.memberships = Map.groupBy(
      (given.memberships ?? []).map(membershipRow),
      (row) => row.userId,
    );
    this.keys = new Map(
      (given.keys ?? []).map(keyRow).map((row) => [row.keyId, keySnapshotOf(row)]),
    );
    this.keyMappings = (given.key_mappings ?? []).map(keyMappingRow);
  }

  /** What was taken to be there without having been stated, in the order in which it was asked for. */
  get assumed(): readonly string[] {
    return [...this.assumptions];
  }

  /** A team by its id. */
  team(id: string): TeamSnapshot | null {
    return (
      this.teams.get(id) ??
      this.assumedRow(`team ${id}`, () => teamSnapshotOf(teamRow({ team_id: id })))
    );
  }

  /** Teams of an alias. */
  teamsByAlias(alias: string): readonly TeamSnapshot[] {
    const stated = [...this.teams.values()].filter((team) => team.alias === alias);
    if (stated.length > 0) return stated;
    const assumed = this.assumedRow(`team of the alias ${alias}`, () =>
      teamSnapshotOf(teamRow({ team_id: alias, team_alias: alias })),
    );
    return assumed === null ? [] : [assumed];
  }

  /** A user by their id. */
  user(id: string): UserSnapshot | null {
    return (
      this.users.get(id) ??
      this.assumedRow(`user ${id}`, () => userSnapshotOf(userRow({ user_id: id })))
    );
  }

  /** Returns the stated users with an email address, compared case-insensitively. */
  usersByEmail(email: string): readonly UserSnapshot[] {
    const wanted = email.toLowerCase();
    return [...this.users.values()].filter((user) => user.email?.toLowerCase() === wanted);
  }

  /** An organisation by its id. */
  organization(id: string): OrganizationSnapshot | null {
    const assumed = (): OrganizationSnapshot =>
      organizationSnapshotOf(organizationRow({ organization_id: id }));
    return this.organizations.get(id) ?? this.assumedRow(`organisation ${id}`, assumed);
  }

  /** Organisations of an alias. */
  organizationsByAlias(alias: string): readonly OrganizationSnapshot[] {
    const stated = [...this.organizations.values()].filter((one) => one.alias === alias);
    if (stated.length > 0) return stated;
    const assumed = this.assumedRow(`organisation of the alias ${alias}`, () =>
      organizationSnapshotOf(organizationRow({ organization_id: alias })),
    );
    return assumed === null ? [] : [assumed];
  }

  /** Returns an end user by id, `null` when none was stated: then it is new, which refuses nothing. */
  endUser(id: string): EndUserSnapshot | null {
    return this.endUsers.get(id) ?? null;
  }

  /** Stated teams of a user, in the order of their ids. */
  teamsOf(userId: string): readonly TeamOfUser[] {
    const teams = this.memberships.get(userId) ?? [];
    return teams.toSorted((one, other) => (one.teamId < other.teamId ? -1 : 1));
  }

  /** A virtual key by its id. */
  key(keyId: string): KeySnapshot | null {
    return this.keys.get(keyId) ?? null;
  }

  /** Stated mappings of a claim's value. */
  keyMappingsOf(claimValue: string): readonly KeyMappingSnapshot[] {
    return this.keyMappings
      .filter((row) => row.claimValue === claimValue)
      .map(({ claimName, issuer, keyId, isActive }) => ({
        claimName,
        issuer: issuer === '' ? null : issuer,
        keyId,
        isActive,
      }));
  }

  private assumedRow<T>(what: string, row: () => T): T | null {
    if (!this.options.assumesMissing) return null;
    this.assumptions.add(what);
    return row();
  }
}
