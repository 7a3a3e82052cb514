import { Any, type FindOptionsWhere } from 'typeorm';
import type { ChangeFeed, ChangeTopic } from './change-feed.js';
import type { Database } from './database.js';
import { idsByAlias } from './ids-by-alias.js';
import { SnapshotCache } from './snapshot-cache.js';
import { CoarseChangeFeed } from './wholesale-changes.js';

/** A table with text ids whose changes are announced. */
export interface TableDescription<Row extends object> {
  readonly entity: new () => Row;
  /** Member that holds the primary key. */
  readonly id: keyof Row & string;
  readonly topic: ChangeTopic;
}

/** The database of the rows and the feed of their changes. */
export interface RowSource {
  readonly database: Database;
  readonly feed: ChangeFeed;
}

/**
 * Creates a cache of the rows of a table by their ids.
 * @param snapshotOf the part of a row that decisions read
 */
export function snapshotsById<Row extends object, Snapshot extends object>(
  table: TableDescription<Row>,
  source: RowSource,
  snapshotOf: (row: Row) => Snapshot,
): SnapshotCache<Snapshot> {
  const { entity, id, topic } = table;
  return new SnapshotCache(source.feed, topic, async (ids) => {
    const rows = await source.database.read((manager) =>
      manager.findBy(entity, { [id]: Any([...ids]) } as FindOptionsWhere<Row>),
    );
    return new Map(rows.map((row) => [row[id] as string, snapshotOf(row)]));
  });
}

/**
 * Creates a cache of the ids of the rows of an alias, as {@link idsByAlias} reads them. Any change of the table drops
 * all of it.
 * @param table which table; its rows have a member `alias`
 */
export function idCacheByAlias<Row extends { readonly alias: string | null }>(
  table: TableDescription<Row>,
  source: RowSource,
): SnapshotCache<readonly string[]> {
  return new SnapshotCache(new CoarseChangeFeed(source.feed), table.topic, (aliases) =>
    source.database.read((manager) => idsByAlias(manager, table, aliases)),
  );
}
