import { UNLIMITED, valuesAfter, type Limits, type LimitsChange } from '#libs/access';
import { Injectable } from '@nestjs/common';
import {
  AuditedTable,
  AuditTrail,
  PROVISIONING_ACTOR,
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
import { In } from 'typeorm';
import {
  TeamMembershipEntity,
  type MembershipSource,
  type TeamRole,
} from './entities/team-membership.entity.js';

const MEMBERSHIPS: AuditedTableDescription<TeamMembershipEntity> = {
  entity: TeamMembershipEntity,
  id: ['teamId', 'userId'],
  topic: 'membership',
  noticeOf: (row) => row.userId,
  recordOf: membershipRecordOf,
  unknown: () =>
    new GatehouseError('request_invalid', {
      message: 'The user is not a member of the team.',
      param: 'user_id',
    }),
};

/** One team of a user. */
export interface TeamOfUser {
  readonly teamId: string;
  readonly role: TeamRole;
  readonly source: MembershipSource;
  /** Of this member alone; those of every member are the team's `limits.members`. */
  readonly limits: Limits;
}

/** The teams of one user. Frozen. */
export interface UserMemberships {
  readonly teams: readonly TeamOfUser[];
}

/** What changes about a membership; absent members stay. */
interface ChangedMembership {
  readonly teamId: string;
  readonly userId: string;
  readonly role?: TeamRole;
  readonly limits?: LimitsChange;
}

/** A membership to be made. */
export interface NewMembership {
  readonly teamId: string;
  readonly userId: string;
  readonly source: 'admin' | 'sync' | 'token';
  /** Default `user`. */
  readonly role?: TeamRole;
  /** Default none. */
  readonly limits?: LimitsChange;
}

/**
 * Who is in which team. Cached by user; every change is announced under topic `membership` with
 * the user's id.
 */
@Injectable()
export class MembershipsService {
  private readonly snapshots: SnapshotCache<UserMemberships>;
  private readonly table: AuditedTable<TeamMembershipEntity>;

  constructor(
    private readonly database: Database,
    feed: ChangeFeed,
    audit: AuditTrail,
    private readonly clock: Clock,
  ) {
    this.table = new AuditedTable(audit, MEMBERSHIPS);
    this.snapshots = new SnapshotCache<UserMemberships>(feed, 'membership', async (userIds) => {
      const rows = Map.groupBy(await this.listByUsers(userIds), ({ userId }) => userId);
      // Every user has an entry: a user in no team has an empty list.
      return new Map(userIds.map((userId) => [userId, membershipsOf(rows.get(userId) ?? [])]));
    });
  }

  /**
   * The teams of a user in the order of their ids, from memory after the first time.
   * @param userId which user; an unknown one has none
   * @throws GatehouseError `database_unavailable`
   */
  async of(userId: string): Promise<readonly TeamOfUser[]> {
    return (await this.snapshots.find(userId))?.teams ?? [];
  }

  /** What {@link of} finds in memory; `undefined` when it would have to read. */
  peek(userId: string): readonly TeamOfUser[] | undefined {
    return this.snapshots.peek(userId)?.teams;
  }

  /** Memberships in these teams, in the order in which they were made. */
  async listByTeams(teamIds: readonly string[]): Promise<TeamMembershipEntity[]> {
    if (teamIds.length === 0) return [];
    return this.database.read((manager) =>
      manager
        .createQueryBuilder(TeamMembershipEntity, 'memberships')
        .where('memberships.team_id = ANY(:teamIds)', { teamIds: [...teamIds] })
        .orderBy('memberships.team_id')
        .addOrderBy('memberships.created_at')
        .addOrderBy('memberships.user_id')
        .getMany(),
    );
  }

  /** Memberships of these users, in the order of the team ids. */
  async listByUsers(userIds: readonly string[]): Promise<TeamMembershipEntity[]> {
    if (userIds.length === 0) return [];
    return this.database.read((manager) =>
      manager
        .createQueryBuilder(TeamMembershipEntity, 'memberships')
        .where('memberships.user_id = ANY(:userIds)', { userIds: [...userIds] })
        .orderBy('memberships.user_id')
        .addOrderBy('memberships.team_id')
        .getMany(),
    );
  }

  /**
   * Makes a membership unless it exists. What a token brought about becomes an administrator's
   * membership when one adds it by hand, and one of the sync when that mirrors it.
   * @param membership who, where, and from which source
   * @param actor who is recorded; default is provisioning by the user
   * @returns false when it existed already and stays as it was
   * @throws GatehouseError `user_unknown` for a token whose user or team was deleted meanwhile,
   *   `not_found` for an administrator who names an unknown team
   */
  async add(unit: UnitOfWork, membership: NewMembership, actor?: AuditActor): Promise<boolean> {
    const { teamId, userId, source } = membership;
    const by = actor ?? { ...PROVISIONING_ACTOR, userId };
    const now = this.clock.now();
    const row = unit.manager.create(TeamMembershipEntity, {
      teamId,
      userId,
      source,
      role: membership.role ?? 'user',
      limits: membership.limits?.(UNLIMITED, now) ?? UNLIMITED,
      createdAt: now,
    });
    if (await this.insert(unit, row, by)) return true;
    if (source === 'token') return false;
    return this.adopt(unit, membership, by);
  }

  /**
   * Changes a membership; absent members of the change stay.
   * @throws GatehouseError `request_invalid` when the user is not a member
   */
  async update(
    unit: UnitOfWork,
    member: ChangedMembership,
    actor: AuditActor,
  ): Promise<TeamMembershipEntity> {
    const { teamId, userId, ...changes } = member;
    const row = await this.table.getForChange(unit, { teamId, userId });
    const values = valuesAfter<TeamMembershipEntity>(row, changes, this.clock.now());
    return this.table.change(unit, { row, changes: values }, actor);
  }

  /**
   * Ends a membership.
   * @throws GatehouseError `request_invalid` when the user is not a member
   */
  async remove(
    unit: UnitOfWork,
    member: { readonly teamId: string; readonly userId: string },
    actor: AuditActor,
  ): Promise<void> {
    const row = await this.table.getForChange(unit, member);
    await this.table.remove(unit, [row], actor);
  }

  /**
   * Makes a user's memberships exactly these, all of them an administrator's.
   * @param unit the transaction, which has locked the user
   * @throws GatehouseError `not_found` for an unknown team
   */
  async replace(
    unit: UnitOfWork,
    userId: string,
    teams: readonly Omit<ChangedMembership, 'userId'>[],
    actor: AuditActor,
  ): Promise<void> {
    const kept = new Set(teams.map((team) => team.teamId));
    const current = await unit.manager.findBy(TeamMembershipEntity, { userId });
    for (const { teamId } of current.filter((row) => !kept.has(row.teamId))) {
      await this.remove(unit, { teamId, userId }, actor);
    }
    for (const { role, ...team } of teams) {
      await this.add(unit, { ...team, ...(role && { role }), userId, source: 'admin' }, actor);
      // One that existed already has only become an administrator's.
      if (team.limits) await this.update(unit, { ...team, userId }, actor);
    }
  }

  /**
   * Deletes every membership of locked teams or users and tells about each, so that a team or user
   * that is made again under the same id starts without members.
   * @param unit the transaction that locked them
   */
  async clear(
    unit: UnitOfWork,
    of: { readonly teamIds: readonly string[] } | { readonly userIds: readonly string[] },
  ): Promise<TeamMembershipEntity[]> {
    const where =
      'teamIds' in of ? { teamId: In([...of.teamIds]) } : { userId: In([...of.userIds]) };
    const rows = await unit.manager.find(TeamMembershipEntity, {
      where,
      order: { teamId: 'ASC', userId: 'ASC' },
    });
    if (rows.length === 0) return rows;
    await unit.manager.delete(TeamMembershipEntity, where);
    for (const userId of new Set(rows.map((row) => row.userId))) unit.changed('membership', userId);
    return rows;
  }

  private async insert(
    unit: UnitOfWork,
    row: TeamMembershipEntity,
    actor: AuditActor,
  ): Promise<boolean> {
    try {
      return await this.table.insertIfAbsent(unit, row, actor);
    } catch (error) {
      if (postgresErrorCode(error) !== FOREIGN_KEY_VIOLATION) throw error;
      if (row.source === 'token') throw new GatehouseError('user_unknown', { cause: error });
      throw unknownRow('team', 'teams', { cause: error });
    }
  }

  private async adopt(
    unit: UnitOfWork,
    membership: NewMembership,
    actor: AuditActor,
  ): Promise<boolean> {
    const { teamId, userId, source, role = 'user' } = membership;
    const row = await this.table.lockRow(unit, { teamId, userId });
    // Deleted in between, so that there is room for it now.
    if (row === null) return this.add(unit, membership, actor);
    if (row.source === source && row.role === role) return false;
    // The sync takes over memberships that a claim made, and keeps those that an administrator
    // made.
    if (source === 'sync' && row.source !== 'token') return false;
    const isAdopted = row.source !== source;
    await this.table.change(unit, { row, changes: { source, role } }, actor);
    return isAdopted;
  }
}

/** The form in which a membership stands in the audit trail. */
export function membershipRecordOf(row: TeamMembershipEntity): object {
  return {
    team_id: row.teamId,
    user_id: row.userId,
    role: row.role,
    source: row.source,
    ...(Object.keys(row.limits).length > 0 && { limits: row.limits }),
  };
}

function membershipsOf(rows: readonly TeamMembershipEntity[]): UserMemberships {
  return {
    teams: rows.map(({ teamId, role, source, limits }) => ({ teamId, role, source, limits })),
  };
}
