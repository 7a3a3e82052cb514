import {
  UNLIMITED,
  valuesAfter,
  type EndUserModels,
  type Limits,
  type WithLimitsChange,
} from '#libs/access';
import {
  AuditedTable,
  AuditTrail,
  type AuditActor,
  type AuditedTableDescription,
} from '#libs/audit';
import { Injectable } from '@nestjs/common';
import { Clock, GatehouseError, unknownRow } from '#libs/common';
import { SettingsStore } from '#libs/config';
import {
  ChangeFeed,
  Database,
  snapshotsById,
  type SnapshotCache,
  type UnitOfWork,
} from '#libs/database';
import { EndUserEntity, type EndUserValues } from './end-user.entity.js';

const END_USERS = {
  entity: EndUserEntity,
  id: 'endUserId',
  topic: 'end_user',
  unknown: (param = 'user_id') => unknownRow('customer', param),
} satisfies AuditedTableDescription<EndUserEntity>;

/** Member of requests about several end users. */
const IDS_MEMBER = 'user_ids';

/** The facts of an end user that decisions need. Frozen. */
export interface EndUserSnapshot {
  readonly endUserId: string;
  readonly blocked: boolean;
  readonly limits: Limits;
  /** `null` where the end user demands nothing of the models of its calls. */
  readonly models: EndUserModels | null;
}

/** An end user as limits need it. */
type LimitedEndUser = Pick<EndUserSnapshot, 'limits'>;

/** A locked row, and what becomes of it. */
interface ChangeOfRow {
  readonly row: EndUserEntity;
  readonly changes: WithLimitsChange<EndUserValues>;
}

/** End users: snapshots for decisions, rows for administration, audited changes, and the first row that traffic makes. */
@Injectable()
export class EndUsersService {
  private readonly snapshots: SnapshotCache<EndUserSnapshot>;
  private readonly table: AuditedTable<EndUserEntity>;

  constructor(
    private readonly database: Database,
    feed: ChangeFeed,
    audit: AuditTrail,
    private readonly clock: Clock,
    private readonly settings: SettingsStore,
  ) {
    this.snapshots = snapshotsById(END_USERS, { database, feed }, (row) => ({
      endUserId: row.endUserId,
      blocked: row.blocked,
      limits: row.limits,
      models:
        row.allowedModelRegion === null
          ? null
          : { region: row.allowedModelRegion, defaultModel: row.defaultModel },
    }));
    this.table = new AuditedTable(audit, END_USERS);
  }

  /**
   * The end user as decisions see it, from memory after the first time; `null` when unknown.
   * @throws GatehouseError `database_unavailable`
   */
  find(endUserId: string): Promise<EndUserSnapshot | null> {
    return this.snapshots.find(endUserId);
  }

  /** What {@link find} finds in memory; `undefined` when it would have to read. */
  peek(endUserId: string): EndUserSnapshot | null | undefined {
    return this.snapshots.peek(endUserId);
  }

  /**
   * The limits that calls of an end user have to keep: its own, else those that the configuration has for every end user.
   * So an end user is limited from the first call that names it, before it has a row.
   * @throws GatehouseError `database_unavailable`
   */
  async findLimits(endUserId: string): Promise<LimitedEndUser> {
    return this.limited(await this.find(endUserId));
  }

  /** What {@link findLimits} finds in memory; `undefined` when it would have to read. */
  peekLimits(endUserId: string): LimitedEndUser | undefined {
    const known = this.peek(endUserId);
    return known === undefined ? undefined : this.limited(known);
  }

  /**
   * The limits that calls of an end user have to keep: its own, else those that the configuration has for every end user. A
   * reset of its spend and `unpriced_models` limit nothing and count beside those.
   */
  limitsOf(own: Limits): Limits {
    const { restarts, unpricedModels, ...limits } = own;
    if (Object.keys(limits).length > 0) return own;
    const { endUsers } = this.settings.current.budgets;
    return restarts === undefined && unpricedModels === undefined
      ? endUsers
      : { ...endUsers, ...own };
  }

  /**
   * The end user's row.
   * @throws GatehouseError `not_found`
   */
  async get(endUserId: string): Promise<EndUserEntity> {
    const row = await this.database.read((manager) =>
      manager.findOneBy(EndUserEntity, { endUserId }),
    );
    if (row === null) throw unknownRow('customer', 'end_user_id');
    return row;
  }

  /**
   * Rows in the order of their ids.
   * @param page the part that is wanted; all of them when absent
   */
  async list(page?: { readonly skip: number; readonly take: number }): Promise<EndUserEntity[]> {
    return this.database.read((manager) =>
      manager.find(EndUserEntity, { order: { endUserId: 'ASC' }, ...page }),
    );
  }

  /**
   * Makes the row of an end user unless it exists. Concurrent first calls make one row. Not
   * audited: the row says nothing but that the id was used, which the spend ledger says as well,
   * and the audit trail's one lock would serialise the traffic of every new end user.
   */
  async ensure(unit: UnitOfWork, endUserId: string): Promise<void> {
    const inserted = await unit.manager
      .createQueryBuilder()
      .insert()
      .into(EndUserEntity)
      .values(this.newRow(unit, endUserId))
      .orIgnore()
      .returning('end_user_id')
      .execute();
    if ((inserted.raw as unknown[]).length > 0) unit.changed('end_user', endUserId);
  }

  /**
   * Makes an end user for an administrator.
   * @throws GatehouseError `already_exists`, also for a row that traffic made
   */
  async create(
    unit: UnitOfWork,
    { endUserId, ...values }: { readonly endUserId: string } & WithLimitsChange<EndUserValues>,
    actor: AuditActor,
  ): Promise<EndUserEntity> {
    const row = this.newRow(unit, endUserId);
    Object.assign(row, valuesAfter<EndUserValues>({ limits: UNLIMITED }, values, row.createdAt));
    if (!(await this.table.insertIfAbsent(unit, row, actor))) {
      throw new GatehouseError('already_exists', {
        message: 'A customer with that user_id exists already.',
        param: 'user_id',
      });
    }
    return row;
  }

  /**
   * Changes what is given and nothing else.
   * @throws GatehouseError `not_found`
   */
  async update(
    unit: UnitOfWork,
    endUserId: string,
    changes: WithLimitsChange<EndUserValues>,
    actor: AuditActor,
  ): Promise<EndUserEntity> {
    const row = await this.table.getForChange(unit, endUserId);
    return this.change(unit, { row, changes }, actor);
  }

  /**
   * Blocks end users; one that is not known yet gets its row, so that its first call is refused.
   * @returns the rows in the order of their ids
   */
  async block(
    unit: UnitOfWork,
    endUserIds: readonly string[],
    actor: AuditActor,
  ): Promise<EndUserEntity[]> {
    // In one order, so that two calls about the same ids wait for each other instead of locking each other out.
    for (const endUserId of endUserIds.toSorted()) await this.ensure(unit, endUserId);
    return this.setBlocked(unit, { endUserIds, blocked: true }, actor);
  }

  /**
   * Unblocks end users: all of them, or none when one is unknown.
   * @returns the rows in the order of their ids
   * @throws GatehouseError `not_found`
   */
  async unblock(
    unit: UnitOfWork,
    endUserIds: readonly string[],
    actor: AuditActor,
  ): Promise<EndUserEntity[]> {
    return this.setBlocked(unit, { endUserIds, blocked: false }, actor);
  }

  /**
   * Deletes end users: all of them, or none when one is unknown. What was spent stays booked, and the next call that
   * names one makes a new row.
   * @throws GatehouseError `not_found`
   */
  async remove(unit: UnitOfWork, endUserIds: readonly string[], actor: AuditActor): Promise<void> {
    await this.table.remove(unit, await this.table.lock(unit, endUserIds, IDS_MEMBER), actor);
  }

  private async setBlocked(
    unit: UnitOfWork,
    { endUserIds, blocked }: { readonly endUserIds: readonly string[]; readonly blocked: boolean },
    actor: AuditActor,
  ): Promise<EndUserEntity[]> {
    const rows = await this.table.lock(unit, endUserIds, IDS_MEMBER);
    for (const row of rows) await this.change(unit, { row, changes: { blocked } }, actor);
    return rows;
  }

  private async change(
    unit: UnitOfWork,
    { row, changes }: ChangeOfRow,
    actor: AuditActor,
  ): Promise<EndUserEntity> {
    const { blocked } = changes;
    const isBlocking = blocked !== undefined && Object.keys(changes).length === 1;
    const action = isBlocking ? (blocked ? 'blocked' : 'unblocked') : 'updated';
    const updatedAt = this.clock.now();
    const stamped = { ...valuesAfter<EndUserValues>(row, changes, updatedAt), updatedAt };
    return this.table.change(unit, { row, changes: stamped, action }, actor);
  }

  private limited(known: EndUserSnapshot | null): LimitedEndUser {
    return { limits: this.limitsOf(known?.limits ?? UNLIMITED) };
  }

  private newRow({ manager }: UnitOfWork, endUserId: string): EndUserEntity {
    const now = this.clock.now();
    return manager.create(EndUserEntity, { endUserId, createdAt: now, updatedAt: now });
  }
}
