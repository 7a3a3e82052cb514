import { MigrationExecutor, type QueryRunner } from 'typeorm';
import { pause } from '#libs/common';
import type { Backend } from './connection/backend.js';
import { MIGRATION_POOL } from './connection/backend.js';
import { createDataSource, type MigrationClass } from './connection/data-source.js';
import { foreignTablesProblem } from './connection/foreign-database.js';

/** Advisory lock that keeps two processes from migrating at once: the letters "gatehous". */
const MIGRATION_LOCK = '7449363237540164979';
const LOCK_POLL_MS = 200;
/** `server_version_num` of PostgreSQL 14. */
const OLDEST_VERSION = 140_000;

/** The server answers but cannot be used as it is; an operator has to change something. */
export class UnsuitableServerError extends Error {
  override readonly name: string = 'UnsuitableServerError';
}

/** The database belongs to another program; an operator has to give another address. */
export class ForeignDatabaseError extends UnsuitableServerError {
  override readonly name = 'ForeignDatabaseError';
}

/**
 * Brings the schema to this version. Each migration is one transaction on the connection that also
 * holds the lock, so a process that dies on the way leaves the last complete migration and no lock.
 * @param backend where the database is, started
 * @param migrations all of them, in order
 * @param signal gives up waiting for the lock
 * @throws ForeignDatabaseError when the database holds tables of another program alone
 * @throws UnsuitableServerError when the server is too old or has another encoding than UTF-8
 */
export async function migrate(
  backend: Backend,
  migrations: readonly MigrationClass[],
  signal: AbortSignal,
): Promise<void> {
  const source = createDataSource(backend, MIGRATION_POOL, { entities: [], migrations });
  await source.initialize();
  const runner = source.createQueryRunner();
  try {
    await requireSuitableServer(runner);
    // The embedded database belongs to one process already, so a lock would exclude no other.
    if (backend.isShared) await lock(runner, signal);
    if (signal.aborted) return;
    await refuseForeignTables(runner);
    const executor = new MigrationExecutor(source, runner);
    executor.transaction = 'each';
    await executor.executePendingMigrations();
    if (backend.isShared) await runner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
  } finally {
    await runner.release();
    await source.destroy();
  }
}

async function refuseForeignTables(runner: QueryRunner): Promise<void> {
  const problem = await foreignTablesProblem(
    (sql) => runner.query(sql) as Promise<{ name: string }[]>,
  );
  if (problem !== null) throw new ForeignDatabaseError(problem);
}

async function lock(runner: QueryRunner, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const rows = (await runner.query('SELECT pg_try_advisory_lock($1) AS locked', [
      MIGRATION_LOCK,
    ])) as { locked: boolean }[];
    if (rows[0]?.locked === true) return;
    await pause(LOCK_POLL_MS, signal);
  }
}

async function requireSuitableServer(runner: QueryRunner): Promise<void> {
  const rows = (await runner.query(
    `SELECT current_setting('server_version_num')::int AS version,
            current_setting('server_version') AS shown,
            current_setting('server_encoding') AS encoding`,
  )) as { version: number; shown: string; encoding: string }[];
  const [server] = rows;
  if (server === undefined) return;
  if (server.version < OLDEST_VERSION) {
    throw new UnsuitableServerError(
      `PostgreSQL ${server.shown} is too old: Gatehouse needs version 14 or later`,
    );
  }
  if (server.encoding !== 'UTF8') {
    throw new UnsuitableServerError(
      `the database has the encoding ${server.encoding}: Gatehouse needs UTF8`,
    );
  }
}
