import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** The process that writes, or has claimed, a journal directory. */
interface ProcessOwner {
  readonly pid: number;
  /** When the process started, in the system's own terms; `null` where the system does not tell. */
  readonly startTicks: string | null;
  /** Where a process id means something: this boot of this machine and this container. */
  readonly realm: string;
}

const OWNER_NAME = 'owner.json';
const CLAIM_NAME = 'claim.json';
/** An owner of another container is taken for dead when its file was not touched for so long. */
const SILENCE_LIMIT_MS = 120_000;
const NO_PROCESS = 0;

/** How often a living owner touches its file. */
export const OWNER_HEARTBEAT_MS = 20_000;

/** A new name for the journal of this process; never used twice, and sorts by time. */
export function newProcessId(): string {
  return `${Date.now().toString(36)}-${String(process.pid)}-${randomBytes(4).toString('hex')}`;
}

/**
 * Notes this process as the owner of a journal directory.
 * @param directory the directory, which exists
 */
export async function writeOwner(directory: string): Promise<void> {
  await writeFile(join(directory, OWNER_NAME), JSON.stringify(ownProcess()), { mode: 0o600 });
}

/**
 * Notes that no process owns a journal directory any more, so that the next process may adopt what
 * is left in it at once.
 * @param directory the directory of this process
 */
export async function disownDirectory(directory: string): Promise<void> {
  const noOwner: ProcessOwner = { ...ownProcess(), pid: NO_PROCESS };
  await writeFile(join(directory, OWNER_NAME), JSON.stringify(noOwner), { mode: 0o600 });
}

/**
 * Tells the other containers that the owner of a directory lives.
 * @param directory the directory of this process
 */
export async function touchOwner(directory: string): Promise<void> {
  const now = new Date();
  await utimes(join(directory, OWNER_NAME), now, now);
}

/** Tells whether the process that wrote a directory is gone. */
export async function isOrphaned(directory: string): Promise<boolean> {
  return !(await isHolderAlive(join(directory, OWNER_NAME), directory));
}

/**
 * Claims an orphaned directory, so that two processes do not both work through it. Were they to,
 * the ledger would still be exact: the claim saves work and guards nothing.
 * @param directory an orphaned journal directory
 * @returns false when a living process has claimed it, or when it is gone
 */
export async function claimOrphan(directory: string): Promise<boolean> {
  const path = join(directory, CLAIM_NAME);
  const content = JSON.stringify(ownProcess());
  try {
    await writeFile(path, content, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') return false;
  }
  if ((await readText(path)) === content) return true;
  if (await isHolderAlive(path, path)) return false;
  try {
    await writeFile(path, content, { mode: 0o600 });
    return true;
  } catch {
    return false;
  }
}

function ownProcess(): ProcessOwner {
  return { pid: process.pid, startTicks: startTicksOf(process.pid), realm: processRealm() };
}

/** Evaluates the record at a path; a directory without a readable one is dead once it is old enough. */
async function isHolderAlive(path: string, agePath: string): Promise<boolean> {
  const owner = parseOwner(await readText(path));
  if (owner === null) return (await ageMs(agePath)) <= SILENCE_LIMIT_MS;
  if (owner.pid === NO_PROCESS) return false;
  if (owner.realm !== processRealm()) return (await ageMs(path)) <= SILENCE_LIMIT_MS;
  if (!isRunning(owner.pid)) return false;
  const startTicks = startTicksOf(owner.pid);
  return owner.startTicks === null || startTicks === null || owner.startTicks === startTicks;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as another user.
    return errorCode(error) === 'EPERM';
  }
}

/**
 * Clock ticks since boot at which a process started (proc(5), field 22 of stat); Linux only. An empty
 * text for a process that has ended and merely waits to be collected by its parent.
 */
function startTicksOf(pid: number): string | null {
  let status: string;
  try {
    status = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  } catch {
    return null;
  }
  // The second field is the command in parentheses and may hold anything, so count behind it.
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? '' : (fields[19] ?? null);
}

function processRealm(): string {
  return [
    hostname(),
    orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    orEmpty(() => readlinkSync('/proc/self/ns/pid')),
  ].join(' ');
}

/** Not Linux: the host name has to do. */
function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}

function parseOwner(text: string | null): ProcessOwner | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    const isOwner =
      typeof value === 'object' &&
      value !== null &&
      'pid' in value &&
      Number.isInteger(value.pid) &&
      'realm' in value &&
      typeof value.realm === 'string' &&
      'startTicks' in value;
    return isOwner ? (value as ProcessOwner) : null;
  } catch {
    return null;
  }
}

async function ageMs(path: string): Promise<number> {
  try {
    return Date.now() - (await stat(path)).mtimeMs;
  } catch {
    return 0;
  }
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return null;
  }
}

function errorCode(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
