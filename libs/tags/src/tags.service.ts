import { UNLIMITED, valuesAfter, type Limits, type WithLimitsChange } from '#libs/access';
import {
  AuditedTable,
  AuditTrail,
  type AuditActor,
  type AuditedTableDescription,
} from '#libs/audit';
import { Clock, deepFreeze, GatehouseError, unknownRow } from '#libs/common';
import {
  ChangeFeed,
  CoarseChangeFeed,
  Database,
  SnapshotCache,
  type UnitOfWork,
} from '#libs/database';
import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { TagEntity, type TagValues } from './tag.entity.js';

const TAGS = {
  entity: TagEntity,
  id: 'name',
  topic: 'tag',
  unknown: () => unknownRow('tag', 'name'),
} satisfies AuditedTableDescription<TagEntity>;

/** A tag as decisions see it. Frozen. */
export interface TagSnapshot {
  readonly name: string;
  /** Empty is every model. */
  readonly models: readonly string[];
  readonly limits: Limits;
}

/** All tags that have a row. */
type TagTable = Map<string, TagSnapshot>;

/** The one entry of the cache. */
const ALL = 'all';

/** Tags: snapshots for decisions, rows for administration, audited changes. */
@Injectable()
export class TagsService {
  private readonly snapshots: SnapshotCache<TagTable>;
  private readonly table: AuditedTable<TagEntity>;

  constructor(
    private readonly database: Database,
    feed: ChangeFeed,
    audit: AuditTrail,
    private readonly clock: Clock,
  ) {
    // The whole table, so that the many names that clients make up are never looked for in the database.
    this.snapshots = new SnapshotCache(new CoarseChangeFeed(feed), TAGS.topic, async () => {
      const rows = await this.list();
      return new Map([[ALL, new Map(rows.map((row) => [row.name, snapshotOf(row)]))]]);
    });
    this.table = new AuditedTable(audit, TAGS);
  }

  /**
   * Those of the tags that have a row, as decisions see them; from memory after the first time.
   * @throws GatehouseError `database_unavailable`
   */
  async find(names: readonly string[]): Promise<readonly TagSnapshot[]> {
    return chosen(await this.snapshots.find(ALL), names);
  }

  /** What {@link find} finds in memory; `undefined` when it would have to read. */
  peek(names: readonly string[]): readonly TagSnapshot[] | undefined {
    const known = this.snapshots.peek(ALL);
    return known === undefined ? undefined : chosen(known, names);
  }

  /** Rows of those tags that exist, in the order of their names; all of them without names. */
  async list(names?: readonly string[]): Promise<TagEntity[]> {
    return this.database.read((manager) =>
      manager.find(TagEntity, {
        ...(names && { where: { name: In([...names]) } }),
        order: { name: 'ASC' },
      }),
    );
  }

  /**
   * Rows of tags, in the order of their names.
   * @throws GatehouseError `not_found` when one of them does not exist
   */
  async get(names: readonly string[]): Promise<TagEntity[]> {
    const rows = await this.list(names);
    if (rows.length < new Set(names).size) throw unknownRow('tag', 'names');
    return rows;
  }

  /**
   * Makes a tag.
   * @throws GatehouseError `already_exists`
   */
  async create(
    unit: UnitOfWork,
    { name, ...values }: { readonly name: string } & WithLimitsChange<TagValues>,
    actor: AuditActor,
  ): Promise<TagEntity> {
    const now = this.clock.now();
    const row = unit.manager.create(TagEntity, {
      name,
      createdAt: now,
      updatedAt: now,
      createdBy: actor.userId ?? actor.subject ?? actor.kind,
    });
    Object.assign(row, valuesAfter<TagValues>({ limits: UNLIMITED }, values, now));
    if (await this.table.insertIfAbsent(unit, row, actor)) return row;
    throw new GatehouseError('already_exists', {
      message: 'A tag with that name exists already.',
      param: 'name',
    });
  }

  /**
   * Changes what is given and nothing else.
   * @throws GatehouseError `not_found`
   */
  async update(
    unit: UnitOfWork,
    name: string,
    changes: WithLimitsChange<TagValues>,
    actor: AuditActor,
  ): Promise<TagEntity> {
    const row = await this.table.getForChange(unit, name);
    const updatedAt = this.clock.now();
    const stamped = { ...valuesAfter<TagValues>(row, changes, updatedAt), updatedAt };
    return this.table.change(unit, { row, changes: stamped }, actor);
  }

  /**
   * Deletes a tag with its limits. What was spent under it stays booked.
   * @throws GatehouseError `not_found`
   */
  async remove(unit: UnitOfWork, name: string, actor: AuditActor): Promise<void> {
    await this.table.remove(unit, await this.table.lock(unit, [name]), actor);
  }
}

function snapshotOf({ name, models, limits }: TagEntity): TagSnapshot {
  return deepFreeze({ name, models, limits });
}

function chosen(table: TagTable | null, names: readonly string[]): readonly TagSnapshot[] {
  return names.flatMap((name) => table?.get(name) ?? []);
}
