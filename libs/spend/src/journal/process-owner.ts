import { randomBytes } from 'node:crypto';
import { readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCodeOf } from '#libs/common';
import {
  isProcessRunning,
  ownProcess,
  parseProcessIdentity,
  type ProcessIdentity,
} from '#libs/database';

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
  const noOwner: ProcessIdentity = { ...ownProcess(), pid: NO_PROCESS };
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
    if (errorCodeOf(error) !== 'EEXIST') return false;
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

/** Evaluates the record at a path; a directory without a readable one is dead once it is old enough. */
async function isHolderAlive(path: string, agePath: string): Promise<boolean> {
  const owner = parseProcessIdentity(await readText(path));
  if (owner === null) return (await ageMs(agePath)) <= SILENCE_LIMIT_MS;
  if (owner.pid === NO_PROCESS) return false;
  return isProcessRunning(owner) ?? (await ageMs(path)) <= SILENCE_LIMIT_MS;
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
