import type { DataSourceOptions } from 'typeorm';
import type pg from 'pg';
import { PoolClient } from './pool-client.js';

/** TypeORM's options of a PostgreSQL data source. */
export type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

/** Name, size and limits of one pool of connections. */
export interface PoolProfile {
  /** Shown in `pg_stat_activity` as `gatehouse NAME`. */
  readonly name: string;
  /** Most connections at a time. */
  readonly size: number;
  /** Longest statement; `null` is without limit. The server ends it, the client gives up a second later. */
  readonly statementTimeoutMs: number | null;
  /** Longest wait for a connection in milliseconds; default two seconds. */
  readonly connectTimeoutMs?: number;
  /** Further settings of the session. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * For the queries of requests: after a few seconds of waiting the caller receives 503 with `Retry-
 * After`.
 */
export const FOREGROUND_POOL: PoolProfile = {
  name: 'foreground',
  size: 10,
  statementTimeoutMs: 5000,
};

/** Ledger flushes and sweeps: slow ones must not take connections from requests. */
export const BACKGROUND_POOL: PoolProfile = {
  name: 'background',
  size: 2,
  statementTimeoutMs: 60_000,
};

/**
 * Reports run one after the other, over all callers of a process: two large ones at once would take the processors that
 * calls need. A statement's time limit begins with itself.
 */
const REPORT_CONNECTIONS = 1;
/** Longest wait for the turn, in time limits of a statement. */
const REPORT_QUEUE = 3;

/**
 * For reports: they take no connections and no parallel workers from anything else. Sums are hashed in memory, and
 * compiling a statement would take longer than running it.
 */
export function reportPool(statementTimeoutMs: number): PoolProfile {
  return {
    name: 'reports',
    size: REPORT_CONNECTIONS,
    statementTimeoutMs,
    connectTimeoutMs: REPORT_QUEUE * statementTimeoutMs,
    settings: { max_parallel_workers_per_gather: '0', jit: 'off', work_mem: '64MB' },
  };
}

/** Migrations: one connection that also holds the lock, without time limit. */
export const MIGRATION_POOL: PoolProfile = { name: 'migration', size: 1, statementTimeoutMs: null };

/** The connection to the database: a server, or the embedded one. */
export interface Backend {
  /** Which of the two. */
  readonly kind: 'embedded' | 'postgresql';
  /** Whether other processes use the same database, so that locks and a change feed are needed. */
  readonly isShared: boolean;
  /**
   * Claims what only one process may have. Synchronous and before anything else.
   * @throws GatehouseError `database_unavailable` when another process has it
   */
  acquire(): void;
  /**
   * Makes sure that connections can be made, where that is ours to do.
   * @param signal gives up; what was made by then is made again at the next start
   */
  start(signal: AbortSignal): Promise<void>;
  /**
   * Connection options of a pool.
   * @param profile how the pool behaves
   */
  options(profile: PoolProfile): PostgresOptions;
  /** Gives back what {@link acquire} and {@link start} took. */
  close(): Promise<void>;
}

/** Idle connections of a pool stay open for half a minute. */
const IDLE_TIMEOUT_MS = 30_000;
/** A transaction whose process stopped answering is rolled back by the server. */
const IDLE_IN_TRANSACTION_MS = 30_000;
const CLIENT_MARGIN_MS = 1000;

/**
 * Options that both kinds share. Session settings are sent as a statement rather than with the
 * startup message, which PgBouncer refuses.
 * @param profile how the pool behaves
 */
export function poolExtra(profile: PoolProfile): Record<string, unknown> {
  const { statementTimeoutMs } = profile;
  const settings = {
    ...profile.settings,
    TimeZone: 'UTC',
    statement_timeout: String(statementTimeoutMs ?? 0),
    idle_in_transaction_session_timeout: String(
      statementTimeoutMs === null ? 0 : Math.max(IDLE_IN_TRANSACTION_MS, statementTimeoutMs),
    ),
  };
  return {
    Client: PoolClient,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    keepAlive: true,
    ...(statementTimeoutMs === null
      ? {}
      : { query_timeout: statementTimeoutMs + CLIENT_MARGIN_MS }),
    onConnect: (client: pg.ClientBase) =>
      client.query(
        'SELECT set_config(name, value, false) FROM unnest($1::text[], $2::text[]) AS s (name, value)',
        [Object.keys(settings), Object.values(settings)],
      ),
  };
}
