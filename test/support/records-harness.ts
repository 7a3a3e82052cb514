import { UNLIMITED } from '#libs/access';
import type { Provider } from '@nestjs/common';
import { GatehouseError, noteRead } from '#libs/common';
import { ChangeFeed, Database, LocalChangeFeed } from '#libs/database';
import { EndUsersService, type EndUserSnapshot } from '#libs/end-users';
import {
  KeyMappingsService,
  KeyRegistrationService,
  KeysService,
  type KeyMappingSnapshot,
  type KeySnapshot,
} from '#libs/keys';
import {
  OrganizationMembershipsService,
  OrganizationsService,
  type OrganizationOfUser,
  type OrganizationSnapshot,
} from '#libs/orgs';
import {
  MembershipSync,
  MembershipsService,
  TeamsService,
  type TeamOfUser,
  type TeamSnapshot,
} from '#libs/teams';
import { UserRoleSync, UsersService, type UserSnapshot } from '#libs/users';
import { aUser } from './access-builders.js';

/**
 * Users, teams, organisations and end users in memory, in place of their services, and a database that counts
 * transactions. Lets tests of decisions state the rows and see exactly what was written.
 */
export class RecordsHarness {
  readonly users = new Map<string, UserSnapshot>();
  readonly teams = new Map<string, TeamSnapshot>();
  readonly organizations = new Map<string, OrganizationSnapshot>();
  /** Organisations of users by user. */
  readonly organizationsOfUsers = new Map<string, readonly OrganizationOfUser[]>();
  readonly endUsers = new Map<string, EndUserSnapshot>();
  /** Sources of memberships by `team:user`. */
  readonly memberships = new Map<string, TeamOfUser['source']>();
  /** Keys by their ids. */
  readonly keys = new Map<string, KeySnapshot>();
  /** Mappings to keys by claim value. */
  readonly keyMappings = new Map<string, readonly KeyMappingSnapshot[]>();
  /** Rows of revocations; who changes them tells the {@link feed}. */
  revocations: readonly object[] = [];
  /** Every row that was written, in order. */
  readonly written: string[] = [];
  /** Every lookup of a row, in order. */
  readonly lookups: string[] = [];
  transactions = 0;
  /** Makes everything that needs the database fail. */
  isDown = false;
  readonly feed = new LocalChangeFeed();

  /** Forgets all rows and counts. */
  reset(): void {
    for (const rows of [
      this.users,
      this.teams,
      this.organizations,
      this.organizationsOfUsers,
      this.endUsers,
      this.memberships,
      this.keys,
      this.keyMappings,
    ]) {
      rows.clear();
    }
    this.revocations = [];
    this.written.length = 0;
    this.lookups.length = 0;
    this.transactions = 0;
    this.isDown = false;
    this.feed.deliverAll();
  }

  /** The providers that stand in for the libraries. */
  providers(): Provider[] {
    return [
      { provide: Database, useValue: this.database() },
      { provide: ChangeFeed, useValue: this.feed },
      { provide: UsersService, useValue: this.usersService() },
      { provide: TeamsService, useValue: this.teamsService() },
      { provide: OrganizationsService, useValue: this.organizationsService() },
      {
        provide: OrganizationMembershipsService,
        useValue: {
          of: (userId: string) =>
            this.read(
              'organization_membership',
              userId,
              () => this.organizationsOfUsers.get(userId) ?? [],
            ),
        },
      },
      { provide: MembershipsService, useValue: this.membershipsService() },
      { provide: UserRoleSync, useValue: this.roleSync() },
      { provide: MembershipSync, useValue: this.membershipMirror() },
      { provide: EndUsersService, useValue: this.endUsersService() },
      ...this.keyServices(),
    ];
  }

  private database(): Pick<Database, 'isReady' | 'write' | 'background' | 'read'> {
    const manager = {
      query: () => Promise.resolve(this.revocations),
      findOneBy: () => Promise.resolve(null),
    };
    const write = async <T>(work: (unit: never) => Promise<T>): Promise<T> => {
      this.requireUp();
      this.transactions += 1;
      return work({ manager } as never);
    };
    const read = async <T>(work: (manager: never) => Promise<T>): Promise<T> => {
      this.requireUp();
      return work(manager as never);
    };
    // What works behind the requests takes it for a database that never came.
    return { isReady: () => false, write, background: write, read };
  }

  private usersService(): Pick<
    UsersService,
    'find' | 'findByEmail' | 'ensureFromToken' | 'bindIdentity'
  > {
    return {
      find: (id) => this.find('user', this.users, id),
      findByEmail: (email) =>
        this.read(
          'email',
          email,
          () => [...this.users.values()].find((user) => user.email === email) ?? null,
        ),
      ensureFromToken: (_unit, { userId, email, issuer, subject }) => {
        if (!this.users.has(userId)) {
          const bound = { boundIssuer: issuer, boundSubject: subject };
          this.users.set(userId, aUser({ userId, email, ...bound }));
          this.wrote('user', userId);
        }
        return Promise.resolve();
      },
      bindIdentity: (_unit, { userId, issuer, subject }) => {
        const user = this.users.get(userId);
        const bound = { boundIssuer: issuer, boundSubject: subject };
        if (user?.boundIssuer === null) this.users.set(userId, { ...user, ...bound });
        this.wrote('binding', userId);
        return Promise.resolve();
      },
    };
  }

  private teamsService(): Pick<
    TeamsService,
    'find' | 'findByAlias' | 'ensureFromToken' | 'addMember'
  > {
    return {
      find: (id) => this.find('team', this.teams, id),
      findByAlias: (alias) => this.findByAlias('team', this.teams, alias),
      ensureFromToken: (_unit, teamId) => {
        this.teams.set(teamId, {
          teamId,
          alias: null,
          organizationId: null,
          models: [],
          passThroughRoutes: [],
          blocked: false,
          limits: UNLIMITED,
          tags: [],
        });
        this.wrote('team', teamId);
        return Promise.resolve();
      },
      addMember: (_unit, { teamId, userId }) => {
        this.memberships.set(`${teamId}:${userId}`, 'token');
        this.wrote('membership', `${teamId}:${userId}`);
        return Promise.resolve(true);
      },
    };
  }

  private endUsersService(): Pick<EndUsersService, 'find' | 'ensure'> {
    return {
      find: (id) => this.find('end_user', this.endUsers, id),
      ensure: (_unit, endUserId) => {
        this.endUsers.set(endUserId, {
          endUserId,
          blocked: false,
          limits: UNLIMITED,
          models: null,
        });
        this.wrote('end_user', endUserId);
        return Promise.resolve();
      },
    };
  }

  private keyServices(): Provider[] {
    const keys: Pick<KeysService, 'find'> = { find: (id) => this.find('key', this.keys, id) };
    const mappings: Pick<KeyMappingsService, 'of'> = {
      of: async (value) => (await this.find('key mapping', this.keyMappings, value)) ?? [],
    };
    const registration: Pick<KeyRegistrationService, 'register'> = {
      register: (_unit, { claimName, claimValue }) => {
        this.wrote('key', `${claimName} ${claimValue}`);
        return Promise.resolve();
      },
    };
    return [
      { provide: KeysService, useValue: keys },
      { provide: KeyMappingsService, useValue: mappings },
      { provide: KeyRegistrationService, useValue: registration },
    ];
  }

  private organizationsService(): Pick<OrganizationsService, 'find' | 'findByAlias'> {
    return {
      find: (id) => this.find('organization', this.organizations, id),
      findByAlias: (alias) => this.findByAlias('organization', this.organizations, alias),
    };
  }

  private membershipsService(): Pick<MembershipsService, 'of'> {
    return {
      of: (userId) =>
        this.read('membership', userId, () =>
          [...this.memberships].flatMap(([key, source]): TeamOfUser[] => {
            const [teamId = '', member] = key.split(':');
            return member === userId ? [{ teamId, role: 'user', source, limits: UNLIMITED }] : [];
          }),
        ),
    };
  }

  private roleSync(): Pick<UserRoleSync, 'mirror'> {
    return {
      mirror: (_unit, { userId, role, issuedAt }) => {
        const user = this.users.get(userId);
        if (user === undefined) return Promise.resolve(false);
        const given = role === undefined ? {} : ({ role, roleSource: 'sync' } as const);
        this.users.set(userId, { ...user, ...given, syncedIssuedAt: issuedAt });
        this.wrote('role', `${userId} ${String(role)}`);
        return Promise.resolve(true);
      },
    };
  }

  private membershipMirror(): Pick<MembershipSync, 'mirror'> {
    return {
      mirror: (_unit, { userId, teamIds, keptTeamIds }) => {
        for (const key of this.memberships.keys()) {
          const [teamId = '', member] = key.split(':');
          const isKept = teamIds.includes(teamId) || keptTeamIds.includes(teamId);
          if (member === userId && !isKept) this.memberships.delete(key);
        }
        for (const teamId of teamIds) this.memberships.set(`${teamId}:${userId}`, 'sync');
        this.wrote('memberships', `${userId} ${teamIds.join()}`);
        return Promise.resolve();
      },
    };
  }

  private findByAlias<T extends { readonly alias: string | null }>(
    what: string,
    rows: ReadonlyMap<string, T>,
    alias: string,
  ): Promise<readonly T[]> {
    return this.read(`${what} alias`, alias, () =>
      [...rows.values()].filter((row) => row.alias === alias).slice(0, 2),
    );
  }

  private wrote(what: string, id: string): void {
    this.written.push(`${what} ${id}`);
  }

  private find<T>(what: string, rows: ReadonlyMap<string, T>, id: string): Promise<T | null> {
    return this.read(what, id, () => rows.get(id) ?? null);
  }

  /** A lookup; its value counts as changed when the rows have another one, or the database is down. */
  private read<T>(what: string, id: string, lookUp: () => T): Promise<T> {
    this.lookups.push(`${what} ${id}`);
    if (this.isDown) return Promise.reject(new GatehouseError('database_unavailable'));
    const value = lookUp();
    const seen = JSON.stringify(value);
    noteRead(() => !this.isDown && JSON.stringify(lookUp()) === seen);
    return Promise.resolve(value);
  }

  private requireUp(): void {
    if (this.isDown) throw new GatehouseError('database_unavailable');
  }
}
