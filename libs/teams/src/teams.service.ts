import { valuesAfter, type WithLimitsChange } from '#libs/access';
import { Injectable } from '@nestjs/common';
import {
  AuditedTable,
  AuditTrail,
  PROVISIONING_ACTOR,
  type AuditAction,
  type AuditActor,
  type AuditedTableDescription,
} from '#libs/audit';
import { Clock, GatehouseError, unknownRow } from '#libs/common';
import { SettingsStore } from '#libs/config';
import {
  ChangeFeed,
  Database,
  idCacheByAlias,
  snapshotsById,
  type SnapshotCache,
  type UnitOfWork,
} from '#libs/database';
import { In, IsNull } from 'typeorm';
import { knownOrganization } from './known-organization.js';
import {
  membershipRecordOf,
  MembershipsService,
  type NewMembership,
} from './memberships.service.js';
import {
  teamSnapshotOf,
  type TeamQuery,
  type TeamSnapshot,
  type TeamValues,
} from './entities/team-record.js';
import { TeamEntity } from './entities/team.entity.js';

const TEAMS = {
  entity: TeamEntity,
  id: 'teamId',
  topic: 'team',
  unknown: (param = 'team_id') => unknownRow('team', param),
  withoutConflict: knownOrganization,
  rateOwnersOf: ({ organizationId }) => [{ table: 'organizations', id: organizationId }],
} satisfies AuditedTableDescription<TeamEntity>;

/** Teams: snapshots for decisions, rows for administration, audited changes. */
@Injectable()
export class TeamsService {
  private readonly snapshots: SnapshotCache<TeamSnapshot>;
  private readonly idsByAlias: SnapshotCache<readonly string[]>;
  private readonly table: AuditedTable<TeamEntity>;

  constructor(
    private readonly database: Database,
    feed: ChangeFeed,
    audit: AuditTrail,
    private readonly clock: Clock,
    private readonly memberships: MembershipsService,
    private readonly settings: SettingsStore,
  ) {
    this.snapshots = snapshotsById(TEAMS, { database, feed }, teamSnapshotOf);
    this.idsByAlias = idCacheByAlias(TEAMS, { database, feed });
    this.table = new AuditedTable(audit, TEAMS);
  }

  /**
   * The team as decisions see it, from memory after the first time; `null` when unknown.
   * @throws GatehouseError `database_unavailable`
   */
  find(teamId: string): Promise<TeamSnapshot | null> {
    return this.snapshots.find(teamId);
  }

  /** What {@link find} finds in memory; `undefined` when it would have to read. */
  peek(teamId: string): TeamSnapshot | null | undefined {
    return this.snapshots.peek(teamId);
  }

  /**
   * The teams of an alias as decisions see them, in the order of their ids; from memory after the
   * first time. Two at most, because an alias that several teams share means none of them.
   * @param alias display name, compared byte by byte
   * @throws GatehouseError `database_unavailable`
   */
  async findByAlias(alias: string): Promise<readonly TeamSnapshot[]> {
    const ids = (await this.idsByAlias.find(alias)) ?? [];
    const teams = await Promise.all(ids.map((teamId) => this.find(teamId)));
    return teams.filter((team) => team !== null);
  }

  /**
   * Makes a team that an admitted token names, unless it exists. Concurrent first calls make one
   * row.
   * @param organizationId organisation of the new team
   * @throws GatehouseError `not_found` for an organisation that was deleted meanwhile
   */
  async ensureFromToken(
    unit: UnitOfWork,
    teamId: string,
    organizationId: string | null = null,
  ): Promise<void> {
    await this.insert(unit, teamId, { organizationId }, PROVISIONING_ACTOR);
  }

  /**
   * {@link MembershipsService.add}.
   * @param membership who, where, and from which source
   * @param actor who is recorded; default is provisioning by the user
   * @returns false when it existed already
   */
  async addMember(
    unit: UnitOfWork,
    membership: NewMembership,
    actor?: AuditActor,
  ): Promise<boolean> {
    return this.memberships.add(unit, membership, actor);
  }

  /** Rows in the order of their aliases, teams without one last. */
  async list(query: TeamQuery): Promise<TeamEntity[]> {
    if (query.teamIds?.length === 0) return [];
    const { organizationIds } = query;
    return this.database.read((manager) =>
      manager.find(TeamEntity, {
        where: {
          ...(query.teamIds && { teamId: In([...query.teamIds]) }),
          ...(organizationIds !== undefined && {
            organizationId: organizationIds === null ? IsNull() : In([...organizationIds]),
          }),
        },
        order: { alias: { direction: 'ASC', nulls: 'LAST' }, teamId: 'ASC' },
      }),
    );
  }

  /**
   * Makes a team.
   * @throws GatehouseError `already_exists`, `not_found` for an unknown organisation
   */
  async create(
    unit: UnitOfWork,
    teamId: string,
    values: WithLimitsChange<TeamValues>,
    actor: AuditActor,
  ): Promise<TeamEntity> {
    const row = await this.insert(unit, teamId, values, actor);
    if (row === null) {
      throw new GatehouseError('already_exists', {
        message: 'A team with that team_id exists already.',
        param: 'team_id',
      });
    }
    return row;
  }

  /**
   * Changes what is given and nothing else. Blocking and unblocking hold for every request that
   * starts after the transaction was committed.
   * @throws GatehouseError `not_found` for an unknown team or organisation
   */
  async update(
    unit: UnitOfWork,
    teamId: string,
    changes: WithLimitsChange<TeamValues>,
    actor: AuditActor,
  ): Promise<TeamEntity> {
    const row = await this.getForChange(unit, teamId);
    const action = actionOf(row, changes);
    const now = this.clock.now();
    const values = valuesAfter<TeamValues>(row, changes, now);
    const change = { row, changes: { ...values, updatedAt: now }, action };
    return this.table.change(unit, change, actor);
  }

  /**
   * The row, locked against every other change but not against new memberships.
   * @throws GatehouseError `not_found`
   */
  async getForChange(unit: UnitOfWork, teamId: string): Promise<TeamEntity> {
    return this.table.getForChange(unit, teamId);
  }

  /**
   * Locks rows against every other change, new memberships included, until the transaction ends.
   * @throws GatehouseError `not_found` when one of the teams that were named does not exist
   */
  async lock(
    unit: UnitOfWork,
    query:
      { readonly teamIds: readonly string[] } | { readonly organizationIds: readonly string[] },
  ): Promise<TeamEntity[]> {
    return 'teamIds' in query
      ? this.table.lock(unit, query.teamIds, 'team_ids')
      : this.table.lockWhere(unit, { organizationId: In([...query.organizationIds]) });
  }

  /**
   * Deletes locked teams with their memberships. What they spent stays booked.
   * @param unit the transaction that locked them
   * @param rows what {@link lock} returned
   */
  async remove(unit: UnitOfWork, rows: readonly TeamEntity[], actor: AuditActor): Promise<void> {
    const teamIds = rows.map((row) => row.teamId);
    const members = await this.memberships.clear(unit, { teamIds });
    await this.table.remove(unit, rows, actor, ({ teamId }) => ({
      memberships: members.filter((member) => member.teamId === teamId).map(membershipRecordOf),
    }));
  }

  private async insert(
    unit: UnitOfWork,
    teamId: string,
    values: WithLimitsChange<TeamValues>,
    actor: AuditActor,
  ): Promise<TeamEntity | null> {
    const now = this.clock.now();
    const { newTeams: limits } = this.settings.current.budgets;
    const row = unit.manager.create(TeamEntity, {
      teamId,
      ...valuesAfter<TeamValues>({ limits }, { limits, ...values }, now),
      createdAt: now,
      updatedAt: now,
    });
    return (await this.table.insertIfAbsent(unit, row, actor)) ? row : null;
  }
}

/**
 * Returns the action of a change in the audit trail: blocking has a name of its own, even repeated.
 */
function actionOf(row: TeamEntity, changes: WithLimitsChange<TeamValues>): AuditAction {
  const isBlockingAlone = Object.keys(changes).length === 1;
  if (changes.blocked === undefined) return 'updated';
  if (!isBlockingAlone && changes.blocked === row.blocked) return 'updated';
  return changes.blocked ? 'blocked' : 'unblocked';
}
