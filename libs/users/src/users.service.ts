import { valuesAfter, type WithLimitsChange } from '#libs/access';
import { Injectable } from '@nestjs/common';
import { AuditedTable, AuditTrail, type AuditActor } from '#libs/audit';
import { Clock, GatehouseError } from '#libs/common';
import { SettingsStore } from '#libs/config';
import {
  ChangeFeed,
  Database,
  snapshotsById,
  type SnapshotCache,
  type UnitOfWork,
} from '#libs/database';
import { IsNull, Raw, type EntityManager, type FindOptionsWhere } from 'typeorm';
import { UserProvisioning, type AccountLink, type TokenUser } from './user-provisioning.service.js';
import {
  changeActionOf,
  NO_USER_VALUES,
  UNUSED_ACCOUNT,
  USERS,
  userSnapshotOf,
  type UserBinding,
  type UserChanges,
  type UserSnapshot,
  type UserValues,
} from './entities/user-record.js';
import { UserEntity } from './entities/user.entity.js';

/** Issuer and subject of a token, to which an account is bound. */
export interface TokenIdentity {
  readonly issuer: string;
  readonly subject: string;
}

/** Users: snapshots for decisions, rows for administration, audited changes. */
@Injectable()
export class UsersService {
  private readonly snapshots: SnapshotCache<UserSnapshot>;
  private readonly table: AuditedTable<UserEntity>;

  constructor(
    private readonly database: Database,
    feed: ChangeFeed,
    audit: AuditTrail,
    private readonly clock: Clock,
    private readonly provisioning: UserProvisioning,
    private readonly settings: SettingsStore,
  ) {
    this.snapshots = snapshotsById(USERS, { database, feed }, userSnapshotOf);
    this.table = new AuditedTable(audit, USERS);
  }

  /**
   * The user as decisions see it, from memory after the first time; `null` when unknown.
   * @throws GatehouseError `database_unavailable`
   */
  find(userId: string): Promise<UserSnapshot | null> {
    return this.snapshots.find(userId);
  }

  /** What {@link find} finds in memory; `undefined` when it would have to read. */
  peek(userId: string): UserSnapshot | null | undefined {
    return this.snapshots.peek(userId);
  }

  /**
   * Returns the one user that an identity may use because of a verified email address; `null` when
   * there is none and when there are several, because an ambiguous address identifies no user.
   * Addresses that a token asserted unverified and accounts of another identity do not count. Case
   * is ignored. Reads the database every time.
   * @param identity whose verified address it is
   * @throws GatehouseError `database_unavailable`
   */
  async findByEmail(email: string, identity: TokenIdentity): Promise<UserSnapshot | null> {
    const { issuer, subject } = identity;
    const address = { ...withAddress(email), emailVerified: true };
    const rows = await this.database.read((manager) =>
      manager.find(UserEntity, {
        where: [
          { ...address, boundIssuer: IsNull() },
          { ...address, boundIssuer: issuer, boundSubject: subject },
        ],
        take: 2,
      }),
    );
    const only = rows.length === 1 ? rows[0] : undefined;
    return only === undefined ? null : userSnapshotOf(only);
  }

  /**
   * {@link UserProvisioning.ensure}.
   * @param user the account that the token maps to
   * @param actor who is recorded; default is provisioning by the account itself
   * @throws GatehouseError `identity_conflict`
   */
  async ensureFromToken(unit: UnitOfWork, user: TokenUser, actor?: AuditActor): Promise<void> {
    await this.provisioning.ensure(unit, user, actor);
  }

  /**
   * {@link UserProvisioning.bind}.
   * @param link the account and the identity that uses it
   * @param actor who is recorded; default is provisioning by the account itself
   * @throws GatehouseError `identity_conflict`
   */
  async bindIdentity(unit: UnitOfWork, link: AccountLink, actor?: AuditActor): Promise<void> {
    await this.provisioning.bind(unit, link, actor);
  }

  /** Rows of those users that exist, in the order of their ids. */
  async listByIds(userIds: readonly string[]): Promise<UserEntity[]> {
    if (userIds.length === 0) return [];
    return this.database.read((manager) =>
      manager
        .createQueryBuilder(UserEntity, 'users')
        .where('users.user_id = ANY(:userIds)', { userIds: [...userIds] })
        .orderBy('users.user_id')
        .getMany(),
    );
  }

  /**
   * Returns the rows that an email address identifies, without regard to case, within a
   * transaction. Addresses that a token asserted unverified identify no user, so that a user cannot
   * join a team by claiming another's address.
   */
  async listByEmail(unit: UnitOfWork, email: string): Promise<UserEntity[]> {
    const rows = await rowsByEmail(unit.manager, email);
    return rows.filter((row) => row.emailVerified);
  }

  /** The row within a transaction, `null` when there is none. */
  async findRow(unit: UnitOfWork, userId: string): Promise<UserEntity | null> {
    return unit.manager.findOneBy(UserEntity, { userId });
  }

  /**
   * Makes a user.
   * @throws GatehouseError `already_exists` for an id, or an email address, that a user has
   */
  async create(
    unit: UnitOfWork,
    userId: string,
    values: WithLimitsChange<UserValues>,
    actor: AuditActor,
  ): Promise<UserEntity> {
    await this.claimEmail(unit, userId, values.email ?? null);
    const now = this.clock.now();
    const { newUsers: limits } = this.settings.current.budgets;
    const row = unit.manager.create(UserEntity, {
      userId,
      ...UNUSED_ACCOUNT,
      ...NO_USER_VALUES,
      ...valuesAfter<UserValues>({ limits }, { limits, ...values }, now),
      emailVerified: true,
      createdAt: now,
      updatedAt: now,
    });
    if (!(await this.table.insertIfAbsent(unit, row, actor))) throw duplicate('user_id');
    return row;
  }

  /**
   * Changes what is given and nothing else. Giving the account to another identity is audited as
   * linked.
   * @throws GatehouseError `not_found`, `already_exists` for an email address of another user
   */
  async update(
    unit: UnitOfWork,
    userId: string,
    changes: UserChanges,
    actor: AuditActor,
  ): Promise<UserEntity> {
    await this.claimEmail(unit, userId, changes.email ?? null);
    const row = await this.table.getForChange(unit, userId);
    const now = this.clock.now();
    const change = {
      row,
      changes: {
        ...valuesAfter<UserValues & UserBinding>(row, changes, now),
        ...(changes.email !== undefined && { emailVerified: true }),
        ...(changes.role !== undefined && { roleSource: 'admin' as const }),
        updatedAt: now,
      },
      action: changeActionOf(row, changes),
    };
    return this.table.change(unit, change, actor);
  }

  /**
   * Locks rows against every other change, new memberships included, until the transaction ends.
   * @throws GatehouseError `not_found` when one of them does not exist
   */
  async lock(unit: UnitOfWork, userIds: readonly string[]): Promise<UserEntity[]> {
    return this.table.lock(unit, userIds, 'user_ids');
  }

  /**
   * Deletes locked users, whose memberships are gone already. What they spent stays booked.
   * @param unit the transaction that locked them
   * @param rows what {@link lock} returned
   * @param context who deletes them, and what memberships each of them had, for the audit trail
   */
  async remove(
    unit: UnitOfWork,
    rows: readonly UserEntity[],
    context: {
      readonly actor: AuditActor;
      readonly memberships: ReadonlyMap<string, readonly object[]>;
    },
  ): Promise<void> {
    await this.table.remove(unit, rows, context.actor, ({ userId }) => ({
      memberships: context.memberships.get(userId) ?? [],
    }));
  }

  /**
   * No index keeps addresses apart, because tokens may bring the same one for two accounts; among
   * administrators the advisory lock keeps a free address free until the transaction ends.
   */
  private async claimEmail(unit: UnitOfWork, userId: string, email: string | null): Promise<void> {
    if (email === null) return;
    await unit.lock('user_email', email);
    const holders = await rowsByEmail(unit.manager, email);
    if (holders.some((holder) => holder.userId !== userId)) throw duplicate('user_email');
  }
}

async function rowsByEmail(manager: EntityManager, email: string): Promise<UserEntity[]> {
  return manager.find(UserEntity, {
    where: withAddress(email),
    order: { emailVerified: 'DESC', userId: 'ASC' },
    take: 2,
  });
}

function withAddress(email: string): FindOptionsWhere<UserEntity> {
  return { email: Raw((column) => `lower(${column}) = lower(:email)`, { email }) };
}

function duplicate(member: 'user_id' | 'user_email'): GatehouseError {
  return new GatehouseError('already_exists', {
    message: `A user with that ${member} exists already.`,
    param: member,
  });
}
