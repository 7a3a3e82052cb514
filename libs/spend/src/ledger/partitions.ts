import type { Database, UnitOfWork } from '#libs/database';

/** A month of the ledger, in UTC. */
interface Month {
  readonly partition: string;
  readonly from: string;
  readonly to: string;
}

const MONTHS_AHEAD = 2;
/** Two replicas that make the same partition at once: the second waits and finds it made. */
const PARTITION_LOCK = 4_711_000_004;

/**
 * Makes the monthly partitions of last month to two months ahead where they do not exist. Entries
 * that meanwhile went into the default partition are moved.
 * @param database where the ledger is
 * @param now decides which month it is
 * @returns names of the partitions that were made
 * @throws GatehouseError `database_unavailable`
 */
export async function ensurePartitions(database: Database, now: Date): Promise<string[]> {
  const made: string[] = [];
  for (let offset = -1; offset <= MONTHS_AHEAD; offset += 1) {
    const month = monthAt(now, offset);
    if (await database.background((unit) => ensurePartition(unit, month))) {
      made.push(month.partition);
    }
  }
  return made;
}

function monthAt(now: Date, offset: number): Month {
  const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset, 1));
  const next = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 1));
  const [year = '', month = ''] = first.toISOString().split('-');
  return {
    partition: `spend_entries_y${year}m${month}`,
    from: first.toISOString(),
    to: next.toISOString(),
  };
}

async function ensurePartition(unit: UnitOfWork, month: Month): Promise<boolean> {
  const { manager } = unit;
  if (await exists(unit, month)) return false;
  await manager.query('SELECT pg_advisory_xact_lock($1)', [PARTITION_LOCK]);
  if (await exists(unit, month)) return false;
  // A range that the default partition has rows of cannot be given to another.
  const stray: unknown[] = await manager.query(
    `SELECT 1 FROM spend_entries_default WHERE started_at >= $1 AND started_at < $2 LIMIT 1`,
    [month.from, month.to],
  );
  if (stray.length === 0) {
    await create(unit, month);
    return true;
  }
  await manager.query('ALTER TABLE spend_entries DETACH PARTITION spend_entries_default');
  await create(unit, month);
  await manager.query(
    `INSERT INTO spend_entries SELECT * FROM spend_entries_default WHERE started_at >= $1 AND started_at < $2`,
    [month.from, month.to],
  );
  await manager.query(
    `DELETE FROM spend_entries_default WHERE started_at >= $1 AND started_at < $2`,
    [month.from, month.to],
  );
  await manager.query('ALTER TABLE spend_entries ATTACH PARTITION spend_entries_default DEFAULT');
  return true;
}

/** By reading the catalogue: `to_regclass` may answer from a cache that misses what was just committed. */
async function exists(unit: UnitOfWork, { partition }: Month): Promise<boolean> {
  const rows: unknown[] = await unit.manager.query(
    `SELECT 1 FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = 'spend_entries'::regclass AND c.relname = $1`,
    [partition],
  );
  return rows.length > 0;
}

/** Name and bounds are made of digits here, and DDL takes no parameters. */
async function create(unit: UnitOfWork, { partition, from, to }: Month): Promise<void> {
  await unit.manager.query(
    `CREATE TABLE ${partition} PARTITION OF spend_entries FOR VALUES FROM ('${from}') TO ('${to}')`,
  );
}
