import type { Provider } from '@nestjs/common';
import { GatehouseError } from '#libs/common';
import { ChangeFeed, Database, LocalChangeFeed } from '#libs/database';
import { EndUsersService, type EndUserSnapshot } from '#libs/end-users';
import { OrganizationsService, type OrganizationSnapshot } from '#libs/orgs';
import { TeamsService, type TeamSnapshot } from '#libs/teams';
import { UsersService, type UserSnapshot } from '#libs/users';
import { aUser } from './access-builders.js';

/**
 * Users, teams, organisations and end users in memory, in place of their services, and a database that counts
 * transactions. Lets tests of decisions state the rows and see exactly what was written.
 */
export class RecordsBench {
  readonly users = new Map<string, UserSnapshot>();
  readonly teams = new Map<string, TeamSnapshot>();
  readonly organizations = new Map<string, OrganizationSnapshot>();
  readonly endUsers = new Map<string, EndUserSnapshot>();
  readonly members = new Set<string>();
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
    for (const rows of [this.users, this.teams, this.organizations, this.endUsers, this.members]) {
      rows.clear();
    }
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
      {
        provide: OrganizationsService,
        useValue: { find: (id: string) => this.find('organization', this.organizations, id) },
      },
      { provide: EndUsersService, useValue: this.endUsersService() },
    ];
  }

  private database(): Pick<Database, 'write' | 'background' | 'read'> {
    const manager = { query: () => Promise.resolve([]), findOneBy: () => Promise.resolve(null) };
    const write = async <T>(work: (unit: never) => Promise<T>): Promise<T> => {
      this.requireUp();
      this.transactions += 1;
      return work({ manager } as never);
    };
    const read = async <T>(work: (manager: never) => Promise<T>): Promise<T> => {
      this.requireUp();
      return work(manager as never);
    };
    return { write, background: write, read };
  }

  private usersService(): Pick<
    UsersService,
    'find' | 'findByEmail' | 'ensureFromToken' | 'bindIdentity'
  > {
    return {
      find: (id) => this.find('user', this.users, id),
      findByEmail: (email) => {
        const found = [...this.users.values()].find((user) => user.email === email);
        return this.find('email', new Map(found === undefined ? [] : [[email, found]]), email);
      },
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
    'find' | 'isMember' | 'ensureFromToken' | 'addMember'
  > {
    return {
      find: (id) => this.find('team', this.teams, id),
      isMember: (teamId, userId) => Promise.resolve(this.members.has(`${teamId}:${userId}`)),
      ensureFromToken: (_unit, teamId) => {
        this.teams.set(teamId, {
          teamId,
          alias: null,
          organizationId: null,
          models: [],
          blocked: false,
        });
        this.wrote('team', teamId);
        return Promise.resolve();
      },
      addMember: (_unit, { teamId, userId }) => {
        this.members.add(`${teamId}:${userId}`);
        this.wrote('membership', `${teamId}:${userId}`);
        return Promise.resolve(true);
      },
    };
  }

  private endUsersService(): Pick<EndUsersService, 'find' | 'ensure'> {
    return {
      find: (id) => this.find('end_user', this.endUsers, id),
      ensure: (_unit, endUserId) => {
        this.endUsers.set(endUserId, { endUserId, blocked: false });
        this.wrote('end_user', endUserId);
        return Promise.resolve();
      },
    };
  }

  private wrote(what: string, id: string): void {
    this.written.push(`${what} ${id}`);
  }

  private find<T>(what: string, rows: ReadonlyMap<string, T>, id: string): Promise<T | null> {
    this.lookups.push(`${what} ${id}`);
    if (this.isDown) return Promise.reject(new GatehouseError('database_unavailable'));
    return Promise.resolve(rows.get(id) ?? null);
  }

  private requireUp(): void {
    if (this.isDown) throw new GatehouseError('database_unavailable');
  }
}
