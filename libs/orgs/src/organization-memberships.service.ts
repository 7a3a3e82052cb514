import { UNLIMITED, valuesAfter, type Limits, type LimitsChange } from '#libs/access';
import { Injectable } from '@nestjs/common';
import {
  AuditedTable,
  AuditTrail,
  type AuditActor,
  type AuditedTableDescription,
} from '#libs/audit';
import { Clock, GatehouseError, unknownRow } from '#libs/common';
import {
  ChangeFeed,
  Database,
  FOREIGN_KEY_VIOLATION,
  postgresErrorCode,
  SnapshotCache,
  type UnitOfWork,
} from '#libs/database';
import { In, type FindOptionsWhere } from 'typeorm';
import {
  OrganizationMembershipEntity,
  type OrganizationRole,
} from './entities/organization-membership.entity.js';

const MEMBERSHIPS: AuditedTableDescription<OrganizationMembershipEntity> = {
  entity: OrganizationMembershipEntity,
  id: ['organizationId', 'userId'],
  topic: 'organization_membership',
  noticeOf: (row) => row.userId,
  recordOf: organizationMembershipRecordOf,
  unknown: () =>
    new GatehouseError('request_invalid', {
      message: 'The user is not a member of the organization.',
      param: 'user_id',
    }),
  withoutConflict: async (write) => {
    try {
      return await write;
    } catch (error) {
      // An administrator deleted the user after it was looked up.
      if (postgresErrorCode(error) !== FOREIGN_KEY_VIOLATION) throw error;
      throw unknownRow('user', 'user_id', { cause: error });
    }
  },
};

/** One organisation of a user. */
export interface OrganizationOfUser {
  readonly organizationId: string;
  readonly role: OrganizationRole;
  readonly limits: Limits;
}

/** The organisations of one user. Frozen. */
interface UserOrganizations {
  readonly organizations: readonly OrganizationOfUser[];
}

/** A membership that is made or changed; absent members stay, or have their defaults. */
interface NamedMembership {
  readonly organizationId: string;
  readonly userId: string;
  /** Default `internal_user`. */
  readonly role?: OrganizationRole;
  /** Default none. */
  readonly limits?: LimitsChange;
}

/** Rows by organisation or by user. */
type MembershipQuery =
  { readonly organizationIds: readonly string[] } | { readonly userIds: readonly string[] };

/**
 * Who is in which organisation by an administrator's hand. Cached by user; every change is announced under topic
 * `organization_membership` with the user's id.
 */
@Injectable()
export class OrganizationMembershipsService {
  private readonly snapshots: SnapshotCache<UserOrganizations>;
  private readonly table: AuditedTable<OrganizationMembershipEntity>;

  constructor(
    private readonly database: Database,
    feed: ChangeFeed,
    audit: AuditTrail,
    private readonly clock: Clock,
  ) {
    this.table = new AuditedTable(audit, MEMBERSHIPS);
    this.snapshots = new SnapshotCache<UserOrganizations>(
      feed,
      'organization_membership',
      async (userIds) => {
        const rows = Map.groupBy(await this.list({ userIds }), ({ userId }) => userId);
        // Every user has an entry: a user in no organisation has an empty list.
        return new Map(userIds.map((userId) => [userId, snapshotOf(rows.get(userId) ?? [])]));
      },
    );
  }

  /**
   * The organisations of a user in the order of their ids, from memory after the first time.
   * @param userId which user; an unknown one has none
   * @throws GatehouseError `database_unavailable`
   */
  async of(userId: string): Promise<readonly OrganizationOfUser[]> {
    return (await this.snapshots.find(userId))?.organizations ?? [];
  }

  /** What {@link of} finds in memory; `undefined` when it would have to read. */
  peek(userId: string): readonly OrganizationOfUser[] | undefined {
    return this.snapshots.peek(userId)?.organizations;
  }

  /** Memberships in these organisations or of these users, in the order of both ids. */
  async list(query: MembershipQuery): Promise<OrganizationMembershipEntity[]> {
    return this.database.read((manager) =>
      manager.find(OrganizationMembershipEntity, {
        where: whereOf(query),
        order: { organizationId: 'ASC', userId: 'ASC' },
      }),
    );
  }

  /**
   * Makes a membership.
   * @param unit the transaction, which has locked the organisation and the user
   * @returns `null` when it existed already and stays as it was
   */
  async add(
    unit: UnitOfWork,
    membership: NamedMembership,
    actor: AuditActor,
  ): Promise<OrganizationMembershipEntity | null> {
    const { organizationId, userId, role = 'internal_user', limits } = membership;
    const now = this.clock.now();
    const row = unit.manager.create(OrganizationMembershipEntity, {
      organizationId,
      userId,
      role,
      limits: limits?.(UNLIMITED, now) ?? UNLIMITED,
      createdAt: now,
      updatedAt: now,
    });
    return (await this.table.insertIfAbsent(unit, row, actor)) ? row : null;
  }

  /**
   * Changes a membership.
   * @throws GatehouseError `request_invalid` when the user is not a member
   */
  async update(
    unit: UnitOfWork,
    membership: NamedMembership,
    actor: AuditActor,
  ): Promise<OrganizationMembershipEntity> {
    const { organizationId, userId, ...changes } = membership;
    const row = await this.table.getForChange(unit, { organizationId, userId });
    const now = this.clock.now();
    const values = valuesAfter<OrganizationMembershipEntity>(row, changes, now);
    return this.table.change(unit, { row, changes: { ...values, updatedAt: now } }, actor);
  }

  /**
   * Ends a membership.
   * @returns the membership as it was
   * @throws GatehouseError `request_invalid` when the user is not a member
   */
  async remove(
    unit: UnitOfWork,
    membership: Pick<NamedMembership, 'organizationId' | 'userId'>,
    actor: AuditActor,
  ): Promise<OrganizationMembershipEntity> {
    const { organizationId, userId } = membership;
    const row = await this.table.getForChange(unit, { organizationId, userId });
    await this.table.remove(unit, [row], actor);
    return row;
  }

  /**
   * Deletes every membership of locked organisations or users and tells about each, so that one that is made again under
   * the same id starts without members.
   * @param unit the transaction that locked them
   */
  async clear(unit: UnitOfWork, of: MembershipQuery): Promise<OrganizationMembershipEntity[]> {
    const where = whereOf(of);
    const order = { organizationId: 'ASC', userId: 'ASC' } as const;
    const rows = await unit.manager.find(OrganizationMembershipEntity, { where, order });
    if (rows.length === 0) return rows;
    await unit.manager.delete(OrganizationMembershipEntity, where);
    for (const userId of new Set(rows.map((row) => row.userId))) {
      unit.changed('organization_membership', userId);
    }
    return rows;
  }
}

/** The form in which a membership stands in the audit trail. */
export function organizationMembershipRecordOf(row: OrganizationMembershipEntity): object {
  return {
    organization_id: row.organizationId,
    user_id: row.userId,
    role: row.role,
    ...(Object.keys(row.limits).length > 0 && { limits: row.limits }),
  };
}

function whereOf(query: MembershipQuery): FindOptionsWhere<OrganizationMembershipEntity> {
  return 'userIds' in query
    ? { userId: In([...query.userIds]) }
    : { organizationId: In([...query.organizationIds]) };
}

function snapshotOf(rows: readonly OrganizationMembershipEntity[]): UserOrganizations {
  return {
    organizations: rows.map(({ organizationId, role, limits }) => ({
      organizationId,
      role,
      limits,
    })),
  };
}
