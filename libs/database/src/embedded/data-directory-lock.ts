import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { errorCodeOf, GatehouseError } from '#libs/common';
import {
  isProcessRunning,
  ownProcess,
  parseProcessIdentity,
  type ProcessIdentity,
} from './process-identity.js';
import { dataDirectoryError } from './data-directory-problem.js';

/** The process that holds the embedded database of a data directory. */
export interface LockHolder {
  readonly pid: number;
  /** Whether it still runs, as far as can be told. */
  readonly alive: boolean;
}

const LOCK_NAME = 'database.lock';
const HEARTBEAT_MS = 2000;
/** A holder of another container is taken for dead when its lock file was not touched for so long. */
const HEARTBEAT_LIMIT_MS = 10_000;
const UNKNOWN_PROCESS: ProcessIdentity = { pid: 0, startedAt: null, realm: 'unknown' };

/**
 * Keeps a second process off the embedded database, which would not notice and be corrupted.
 *
 * The lock is a file with process id and start time. One whose process is gone is taken over. Process
 * ids of another container say nothing here, so there the holder counts as alive while it touches its
 * file, which it does every two seconds.
 */
export class DataDirectoryLock {
  private readonly timer: NodeJS.Timeout;
  private readonly releaseAtExit = (): void => {
    this.release();
  };

  private constructor(
    private readonly path: string,
    private readonly content: string,
  ) {
    this.timer = setInterval(() => {
      this.touch();
    }, HEARTBEAT_MS);
    this.timer.unref();
    process.once('exit', this.releaseAtExit);
  }

  /**
   * Takes the lock of a data directory.
   * @param dataDir the data directory; created when absent
   * @throws GatehouseError `database_unavailable` naming directory and process when it is held, and the
   * directory with a remedy when it cannot be written
   */
  static acquire(dataDir: string): DataDirectoryLock {
    try {
      return DataDirectoryLock.take(dataDir);
    } catch (error) {
      throw dataDirectoryError(dataDir, error);
    }
  }

  private static take(dataDir: string): DataDirectoryLock {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const path = join(dataDir, LOCK_NAME);
    const content = `${JSON.stringify(ownProcess())}\n`;
    // Linked rather than written in place, so that no process reads half a record.
    const draft = `${path}.${String(process.pid)}-${process.hrtime.bigint().toString(36)}`;
    writeFileSync(draft, content, { mode: 0o600 });
    try {
      if (!linkIfAbsent(draft, path)) takeOver(dataDir, path, draft);
    } finally {
      rmSync(draft, { force: true });
    }
    return new DataDirectoryLock(path, content);
  }

  /** Gives the directory free. Idempotent. */
  release(): void {
    clearInterval(this.timer);
    process.off('exit', this.releaseAtExit);
    if (readText(this.path) === this.content) rmSync(this.path, { force: true });
  }

  private touch(): void {
    const now = new Date();
    try {
      utimesSync(this.path, now, now);
    } catch {
      // Removed by hand: the next process decides by what it finds.
    }
  }
}

/**
 * Returns the process that holds the embedded database of a data directory; `null` when none does.
 */
export function readLockHolder(dataDir: string): LockHolder | null {
  const path = join(dataDir, LOCK_NAME);
  const record = readRecord(path);
  return record === null ? null : { pid: record.pid, alive: isAlive(record, path) };
}

/** Replaces a lock whose process is gone. A second file makes sure that one process at a time does so. */
function takeOver(dataDir: string, path: string, draft: string): void {
  const guard = `${path}.takeover`;
  if (ageMs(guard) > HEARTBEAT_LIMIT_MS) rmSync(guard, { force: true });
  if (!linkIfAbsent(draft, guard)) throw lockedError(dataDir, null);
  try {
    const holder = readLockHolder(dataDir);
    if (holder?.alive === true) throw lockedError(dataDir, holder.pid);
    renameSync(draft, path);
  } finally {
    unlinkSync(guard);
  }
}

function lockedError(dataDir: string, pid: number | null): GatehouseError {
  const holder = pid === null ? 'another process' : `process ${String(pid)}`;
  return new GatehouseError('database_unavailable', {
    message:
      `The embedded database in ${dataDir} is in use by ${holder}. Stop that process, choose another ` +
      `directory (GATEHOUSE_DATA_DIR), or set DATABASE_URL to share a PostgreSQL server.`,
    context: { dataDir, pid },
  });
}

function linkIfAbsent(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (errorCodeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function isAlive(holder: ProcessIdentity, path: string): boolean {
  return isProcessRunning(holder) ?? ageMs(path) <= HEARTBEAT_LIMIT_MS;
}

/** Of a damaged record the holder is unknown, and the age of the file decides. */
function readRecord(path: string): ProcessIdentity | null {
  const text = readText(path);
  return text === null ? null : (parseProcessIdentity(text) ?? UNKNOWN_PROCESS);
}

function ageMs(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
