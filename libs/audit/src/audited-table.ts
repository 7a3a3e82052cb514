import type { Limits } from '#libs/access';
import type { ChangeTopic, TableDescription, UnitOfWork } from '#libs/database';
import type { GatehouseError } from '#libs/common';
import {
  In,
  type EntityManager,
  type EntityMetadata,
  type FindOptionsOrder,
  type FindOptionsWhere,
  type QueryDeepPartialEntity,
} from 'typeorm';
import type { AuditActor } from './audit-actor.js';
import type { AuditAction } from './audit-entry.entity.js';
import { requireAllocation, type RateOwner } from './guaranteed-rates.js';
import { requireKnownBudgets } from './known-budgets.js';
import type { AuditTrail } from './audit-trail.service.js';

/** A table whose every change is audited, and announced where it has a topic. */
export interface AuditedTableDescription<Row extends object> extends Omit<
  TableDescription<Row>,
  'id' | 'topic'
> {
  /** Member or members that hold the primary key. */
  readonly id: (keyof Row & string) | readonly (keyof Row & string)[];
  /** Absent for a table whose rows are not cached. */
  readonly topic?: ChangeTopic;
  /**
   * The form of a row in the audit trail; default is every column but the times and authors of the
   * row's writes.
   */
  recordOf?(row: Row): object;
  /**
   * The refusal for an id without a row.
   * @param param the member of the request that names it; default is the usual one
   */
  unknown(param?: string): GatehouseError;
  /** The id under which changes of a row are announced; default is its id. */
  noticeOf?(row: Row): string;
  /**
   * Waits for a write and turns a violated constraint into a refusal; default lets the database's error through.
   * @param write the write in progress
   */
  withoutConflict?<T>(write: Promise<T>): Promise<T>;
  /** The rows whose rate limits bear those of a row, nearest first; default is none. */
  rateOwnersOf?(row: Row): readonly RateOwner[];
  /** Lock of a single row before its change; default `for_no_key_update`, which lets rows that refer to it be added. */
  readonly changeLock?: 'for_no_key_update' | 'pessimistic_write';
}

/** The change to a locked row. */
export interface RowChange<Row> {
  readonly row: Row;
  readonly changes: Partial<Row>;
  /** Default `updated`. */
  readonly action?: AuditAction;
}

/**
 * Columns for time and author of a row's writes, which an entry of the audit trail holds already.
 */
const STAMPS: ReadonlySet<string> = new Set([
  'created_at',
  'updated_at',
  'created_by',
  'updated_by',
]);

/**
 * The writes to one table. Each change is written, announced to the caches of every replica, and recorded in the
 * audit trail within one transaction.
 */
export class AuditedTable<Row extends object> {
  /** @param audit where changes are recorded */
  constructor(
    private readonly audit: AuditTrail,
    private readonly table: AuditedTableDescription<Row>,
  ) {}

  /**
   * Inserts a row.
   * @throws GatehouseError as the description says, for a violated constraint
   */
  async insert(unit: UnitOfWork, row: Row, actor: AuditActor): Promise<Row> {
    await requireKnownBudgets(unit, row);
    await this.written(unit.manager.insert(this.table.entity, valuesOf(row)));
    await this.requireAllocation(unit, row, row);
    this.record(unit, {
      action: 'created',
      objectId: this.idOf(row),
      before: null,
      row,
      actor,
    });
    return row;
  }

  /**
   * Inserts a row unless one with its key exists. Concurrent first calls insert one row.
   * @returns false when a row existed
   * @throws GatehouseError as the description says, for a violated foreign key
   */
  async insertIfAbsent(unit: UnitOfWork, row: Row, actor: AuditActor): Promise<boolean> {
    await requireKnownBudgets(unit, row);
    const insert = unit.manager.createQueryBuilder().insert().into(this.table.entity);
    const inserted = await this.written(
      insert
        .values(valuesOf(row))
        .orIgnore()
        .returning([...this.key])
        .execute(),
    );
    if ((inserted.raw as unknown[]).length === 0) return false;
    await this.requireAllocation(unit, row, row);
    this.record(unit, {
      action: 'created',
      objectId: this.idOf(row),
      before: null,
      row,
      actor,
    });
    return true;
  }

  /**
   * Locks a row against every other change until the transaction ends.
   * @param id its id, or all members of its primary key
   * @returns `null` when there is none
   */
  async lockRow(unit: UnitOfWork, id: string | FindOptionsWhere<Row>): Promise<Row | null> {
    return unit.manager.findOne(this.table.entity, {
      where: typeof id === 'string' ? this.whereIds([id]) : id,
      lock: { mode: this.table.changeLock ?? 'for_no_key_update' },
    });
  }

  /**
   * Locks a row as {@link lockRow} does.
   * @throws GatehouseError the description's refusal of an unknown id
   */
  async getForChange(unit: UnitOfWork, id: string | FindOptionsWhere<Row>): Promise<Row> {
    const row = await this.lockRow(unit, id);
    if (row === null) throw this.table.unknown();
    return row;
  }

  /**
   * Locks rows against every other change, new references included, until the transaction ends, in the order of their
   * ids.
   */
  async lockWhere(unit: UnitOfWork, where: FindOptionsWhere<Row>): Promise<Row[]> {
    return unit.manager.find(this.table.entity, {
      where,
      order: this.ofKey(() => 'ASC') as FindOptionsOrder<Row>,
      lock: { mode: 'pessimistic_write' },
    });
  }

  /**
   * Locks rows as {@link lockWhere} does.
   * @param param the member of the request that names them, where it is not the usual one
   * @throws GatehouseError the description's refusal when one of them does not exist
   */
  async lock(unit: UnitOfWork, ids: readonly string[], param?: string): Promise<Row[]> {
    const rows = await this.lockWhere(unit, this.whereIds(ids));
    if (rows.length < new Set(ids).size) throw this.table.unknown(param);
    return rows;
  }

  /**
   * Changes a locked row, which then has the new values.
   * @param unit the transaction that locked it
   * @param change the row and its new values
   * @throws GatehouseError as the description says, for a violated constraint
   */
  async change(unit: UnitOfWork, change: RowChange<Row>, actor: AuditActor): Promise<Row> {
    const { row, changes, action = 'updated' } = change;
    await requireKnownBudgets(unit, changes);
    const objectId = this.idOf(row);
    const where = this.whereRow(row);
    const before = this.recordOf(unit, row);
    this.announce(unit, row);
    Object.assign(row, changes);
    await this.written(unit.manager.update(this.table.entity, where, valuesOf(changes)));
    await this.requireAllocation(unit, row, changes);
    this.record(unit, { action, objectId, before, row, actor });
    return row;
  }

  /** Only where the limits or the owners of a row may have changed, so that other changes never fail for them. */
  private async requireAllocation(
    unit: UnitOfWork,
    row: Row,
    changes: Partial<Row>,
  ): Promise<void> {
    const mayHaveChanged =
      'limits' in changes || 'teamId' in changes || 'organizationId' in changes;
    const owners = this.table.rateOwnersOf?.(row) ?? [];
    if (!mayHaveChanged || owners.length === 0) return;
    const { tableName } = this.metadata(unit.manager);
    await requireAllocation(unit, tableName, { ...(row as { limits?: Limits }), owners });
  }

  /**
   * Deletes locked rows.
   * @param unit the transaction that locked them
   * @param detailsOf what the audit trail says of a row besides its record
   */
  async remove(
    unit: UnitOfWork,
    rows: readonly Row[],
    actor: AuditActor,
    detailsOf: (row: Row) => object = () => ({}),
  ): Promise<void> {
    if (rows.length === 0) return;
    const where =
      this.key.length === 1
        ? this.whereIds(rows.map((row) => this.idOf(row)))
        : rows.map((row) => this.whereRow(row));
    await unit.manager.delete(this.table.entity, where);
    for (const row of rows) {
      this.announce(unit, row);
      this.audit.record(unit, {
        action: 'deleted',
        table: this.metadata(unit.manager).tableName,
        objectId: this.idOf(row),
        before: { ...this.recordOf(unit, row), ...detailsOf(row) },
        after: null,
        actor,
      });
    }
  }

  private record(
    unit: UnitOfWork,
    change: {
      readonly action: AuditAction;
      readonly objectId: string;
      readonly before: object | null;
      readonly row: Row;
      readonly actor: AuditActor;
    },
  ): void {
    const { row, ...entry } = change;
    this.announce(unit, row);
    this.audit.record(unit, {
      ...entry,
      table: this.metadata(unit.manager).tableName,
      after: this.recordOf(unit, row),
    });
  }

  private recordOf({ manager }: UnitOfWork, row: Row): object {
    if (this.table.recordOf !== undefined) return this.table.recordOf(row);
    const columns = this.metadata(manager).columns.filter(
      ({ databaseName }) => !STAMPS.has(databaseName),
    );
    return Object.fromEntries(
      columns.map((column) => [column.databaseName, column.getEntityValue(row) as unknown]),
    );
  }

  private announce(unit: UnitOfWork, row: Row): void {
    const { topic } = this.table;
    if (topic !== undefined) unit.changed(topic, this.table.noticeOf?.(row) ?? this.idOf(row));
  }

  private async written<T>(write: Promise<T>): Promise<T> {
    return this.table.withoutConflict?.(write) ?? write;
  }

  private metadata(manager: EntityManager): EntityMetadata {
    return manager.dataSource.getMetadata(this.table.entity);
  }

  private get key(): readonly (keyof Row & string)[] {
    const { id } = this.table;
    return typeof id === 'string' ? [id] : id;
  }

  private idOf(row: Row): string {
    return this.key.map((member) => String(row[member])).join(':');
  }

  private whereRow(row: Row): FindOptionsWhere<Row> {
    return this.ofKey((member) => row[member]);
  }

  private whereIds(ids: readonly string[]): FindOptionsWhere<Row> {
    return this.ofKey(() => (ids.length === 1 ? ids[0] : In([...ids])));
  }

  private ofKey(valueOf: (member: keyof Row & string) => unknown): object {
    return Object.fromEntries(this.key.map((member) => [member, valueOf(member)]));
  }
}

/** A row as TypeORM types what it writes. */
function valuesOf<Row extends object>(row: Partial<Row>): QueryDeepPartialEntity<Row> {
  return row as QueryDeepPartialEntity<Row>;
}
