import {
  linkSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { GatehouseError } from '#libs/common';
import { dataDirectoryError } from './data-directory-problem.js';

/** The process that holds the embedded database of a data directory. */
export interface LockHolder {
  readonly pid: number;
  /** Whether it still runs, as far as can be told. */
  readonly alive: boolean;
}

/** Content of the lock file. */
interface LockRecord {
  readonly pid: number;
  /** When the process started, in the system's own terms; `null` where the system does not tell. */
  readonly startedAt: string | null;
  /** Where the process id means something: this boot of this machine and this container. */
  readonly realm: string;
}

const LOCK_NAME = 'database.lock';
const HEARTBEAT_MS = 2000;
/** A holder of another container is taken for dead when its lock file was not touched for so long. */
const HEARTBEAT_LIMIT_MS = 10_000;

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
    const content = `${JSON.stringify(ownRecord())}\n`;
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
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

function ownRecord(): LockRecord {
  return { pid: process.pid, startedAt: processStart(process.pid), realm: processRealm() };
}

function isAlive(record: LockRecord, path: string): boolean {
  if (record.realm !== processRealm()) return ageMs(path) <= HEARTBEAT_LIMIT_MS;
  try {
    process.kill(record.pid, 0);
  } catch (error) {
    // EPERM: it runs, as another user.
    if (systemCode(error) !== 'EPERM') return false;
  }
  const startedAt = processStart(record.pid);
  return record.startedAt === null || startedAt === null || record.startedAt === startedAt;
}

/**
 * Clock ticks since boot at which a process started (proc(5), field 22 of stat); Linux only.
 * @returns `null` where the system does not tell, an empty text for a process that has ended and
 * merely waits to be collected by its parent
 */
function processStart(pid: number): string | null {
  const stat = readText(`/proc/${String(pid)}/stat`);
  if (stat === null) return null;
  // The second field is the command in parentheses and may hold anything, so count behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? '' : (fields[19] ?? null);
}

function processRealm(): string {
  const boot = readText('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
  let namespace = '';
  try {
    namespace = readlinkSync('/proc/self/ns/pid');
  } catch {
    // Not Linux: the host name has to do.
  }
  return [hostname(), boot, namespace].join(' ');
}

function readRecord(path: string): LockRecord | null {
  const text = readText(path);
  if (text === null) return null;
  try {
    const record: unknown = JSON.parse(text);
    if (isLockRecord(record)) return record;
  } catch {
    // Damaged: the holder is unknown, and the age of the file decides.
  }
  return { pid: 0, startedAt: null, realm: 'unknown' };
}

function isLockRecord(value: unknown): value is LockRecord {
  return (
    typeof value === 'object' &&
    value !== null &&
    'pid' in value &&
    Number.isInteger(value.pid) &&
    'realm' in value &&
    typeof value.realm === 'string' &&
    'startedAt' in value
  );
}

function systemCode(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
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
