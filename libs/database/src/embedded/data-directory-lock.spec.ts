import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isGatehouseError } from '#libs/common';
import { DataDirectoryLock, readLockHolder } from './data-directory-lock.js';

interface StoredLock {
  pid: number;
  startedAt: string | null;
  realm: string;
}

describe('DataDirectoryLock', () => {
  let dataDir: string;
  let lockFile: string;

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-lock-'));
    lockFile = join(dataDir, 'database.lock');
  });

  afterEach(() => {
    rmSync(dataDir, { recursive: true, force: true });
  });

  /** The lock file that this process would write, with changes. */
  function storeLock(changes: Partial<StoredLock>): void {
    const lock = DataDirectoryLock.acquire(dataDir);
    const own = JSON.parse(readFileSync(lockFile, 'utf8')) as StoredLock;
    lock.release();
    writeFileSync(lockFile, JSON.stringify({ ...own, ...changes }));
  }

  function age(file: string, seconds: number): void {
    const then = new Date(Date.now() - seconds * 1000);
    utimesSync(file, then, then);
  }

  function refusal(): unknown {
    try {
      DataDirectoryLock.acquire(dataDir).release();
      return null;
    } catch (error) {
      return error;
    }
  }

  it('refuses a second holder in a sentence that names directory and process', () => {
    const lock = DataDirectoryLock.acquire(dataDir);
    const error = refusal();
    expect(isGatehouseError(error, 'database_unavailable')).toBe(true);
    expect(String(error)).toContain(dataDir);
    expect(String(error)).toContain(`process ${String(process.pid)}`);
    lock.release();
    expect(refusal()).toBeNull();
  });

  it.each([
    ['is a file and must be a directory (EEXIST): move the file away', () => dataDir],
    ['lies below a file (ENOTDIR): choose another directory', () => join(dataDir, 'below')],
    ['lies below a file (ENOTDIR): choose another', () => join(dataDir, 'far', 'below')],
  ])('says that the directory %s', (words, place) => {
    rmSync(dataDir, { recursive: true });
    writeFileSync(dataDir, '');
    const acquire = (): void => {
      DataDirectoryLock.acquire(place()).release();
    };
    expect(acquire).toThrow(`The data directory ${place()} ${words}`);
    expect(acquire).toThrow(/GATEHOUSE_DATA_DIR/);
  });

  it('leaves no file behind', () => {
    DataDirectoryLock.acquire(dataDir).release();
    storeLock({ pid: 2 ** 22 + 1 });
    DataDirectoryLock.acquire(dataDir).release();
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('tells who holds it', () => {
    expect(readLockHolder(dataDir)).toBeNull();
    const lock = DataDirectoryLock.acquire(dataDir);
    expect(readLockHolder(dataDir)).toEqual({ pid: process.pid, alive: true });
    lock.release();
    expect(readLockHolder(dataDir)).toBeNull();
  });

  it('takes over from a process that has ended', async () => {
    const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
    await once(child, 'exit');
    storeLock({ pid: child.pid ?? 0 });
    expect(readLockHolder(dataDir)).toEqual({ pid: child.pid, alive: false });
    expect(refusal()).toBeNull();
  });

  it('takes over when the process id belongs to a later process by now', () => {
    storeLock({ startedAt: '1' });
    const expected = process.platform === 'linux' ? false : true;
    expect(readLockHolder(dataDir)?.alive).toBe(expected);
  });

  it('respects a holder in another container as long as it touches its file', () => {
    storeLock({ pid: 1, realm: 'another container' });
    expect(isGatehouseError(refusal(), 'database_unavailable')).toBe(true);
    age(lockFile, 11);
    expect(refusal()).toBeNull();
  });

  it('takes over a damaged file only when it has not been modified for a while', () => {
    writeFileSync(lockFile, '{');
    expect(isGatehouseError(refusal(), 'database_unavailable')).toBe(true);
    age(lockFile, 11);
    expect(refusal()).toBeNull();
  });

  it('leaves a take-over to the process that began it, unless that was given up', () => {
    storeLock({ pid: 2 ** 22 + 1 });
    const guard = `${lockFile}.takeover`;
    writeFileSync(guard, '');
    expect(isGatehouseError(refusal(), 'database_unavailable')).toBe(true);
    age(guard, 11);
    expect(refusal()).toBeNull();
  });

  it('does not remove a lock that another process has taken over', () => {
    const lock = DataDirectoryLock.acquire(dataDir);
    writeFileSync(lockFile, JSON.stringify({ pid: 1, startedAt: null, realm: 'other' }));
    lock.release();
    expect(readLockHolder(dataDir)?.pid).toBe(1);
  });
});
