import type { DataSource, EntityManager } from 'typeorm';
import type { ChangeTopic } from './change-feed.js';
import { publishChanges, type Change } from './change-versions.js';

/** Names of locks have a prefix, because the database may be shared with other programs. */
const TAKE_LOCK = `SELECT pg_advisory_xact_lock(hashtextextended('gatehouse.' || $1 || ':' || lower($2), 0))`;

/** One transaction, as the work in it sees it. */
export interface UnitOfWork {
  /** Everything read or written through it belongs to the transaction. */
  readonly manager: EntityManager;
  /**
   * Notes that a row changes, so that snapshots of it are dropped everywhere once this is committed.
   * @param topic what kind of row
   */
  changed(topic: ChangeTopic, id: string): void;
  /**
   * Waits for an advisory lock and holds it until the transaction ends, so that units of work about one key run one
   * after the other. Keys that differ in letter case alone share a lock.
   * @param name what kind of key, for example `user_email`
   */
  lock(name: string, key: string): Promise<void>;
  /**
   * Runs work at the end of the transaction. What every transaction locks in one row belongs here: locked earlier, it would hold
   * up the others, and two that also wait for rows of each other would deadlock.
   */
  beforeCommit(work: () => Promise<void>): void;
}

/** The state of a unit of work that failed. */
export interface UnitProgress {
  /** Whether COMMIT was sent, so that a lost connection leaves the outcome unknown. */
  isCommitSent: boolean;
  /** The changes that the work reported. */
  readonly changes: Change[];
}

/**
 * Runs work in one transaction of its own connection.
 * @param origin names this process, so that it can tell its own notifications
 * @param progress filled in as it goes, also when this throws
 * @throws what the work or the database throws, after the transaction was rolled back
 */
export async function runUnit<T>(
  source: DataSource,
  origin: string,
  progress: UnitProgress,
  work: (unit: UnitOfWork) => Promise<T>,
): Promise<T> {
  const runner = source.createQueryRunner();
  const last: (() => Promise<void>)[] = [];
  try {
    await runner.connect();
    await runner.startTransaction();
    const result = await work({
      manager: runner.manager,
      changed: (topic, id) => {
        progress.changes.push({ topic, id });
      },
      lock: async (name, key) => {
        await runner.query(TAKE_LOCK, [name, key]);
      },
      beforeCommit: (further) => {
        last.push(further);
      },
    });
    for (const further of last) await further();
    await publishChanges(runner.manager, origin, progress.changes);
    progress.isCommitSent = true;
    await runner.commitTransaction();
    return result;
  } catch (error) {
    // A rollback that fails has lost its connection, which rolls back as well.
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
    throw error;
  } finally {
    await runner.release();
  }
}
