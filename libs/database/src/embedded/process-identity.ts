import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { errorCodeOf } from '#libs/common';

/** A process as a file names its owner, for other processes to look up. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the process started, in the system's own terms; `null` where the system does not tell. */
  readonly startedAt: string | null;
  /** Where the process id means something: this boot of this machine and this container. */
  readonly realm: string;
}

/** Returns the identity of this process. */
export function ownProcess(): ProcessIdentity {
  return { pid: process.pid, startedAt: processStart(process.pid), realm: processRealm() };
}

/** Returns the identity that a file states in JSON; `null` if there is none or it is damaged. */
export function parseProcessIdentity(text: string | null): ProcessIdentity | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isProcessIdentity(value) ? value : null;
  } catch {
    return null;
  }
}

/**
 * Tells whether a process still runs; `null` for one of another machine or container, whose process
 * ids mean nothing here. A process id that was given to a later process is not taken for the first.
 */
export function isProcessRunning({ pid, startedAt, realm }: ProcessIdentity): boolean | null {
  if (realm !== processRealm()) return null;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, as another user.
    if (errorCodeOf(error) !== 'EPERM') return false;
  }
  const start = processStart(pid);
  return startedAt === null || start === null || startedAt === start;
}

/**
 * Returns the clock ticks since boot at which a process started (proc(5), field 22 of stat), on
 * Linux only: `null` elsewhere, and the empty string for a process that has ended and that its
 * parent has not yet collected.
 */
function processStart(pid: number): string | null {
  const stat = textOr(null, () => readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
  if (stat === null) return null;
  // The second field is the command in parentheses and may hold anything, so count behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? '' : (fields[19] ?? null);
}

/** Where the system is not Linux, the host name has to do. */
function processRealm(): string {
  return [
    hostname(),
    textOr('', () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    textOr('', () => readlinkSync('/proc/self/ns/pid')),
  ].join(' ');
}

function textOr<T>(otherwise: T, read: () => string): string | T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

function isProcessIdentity(value: unknown): value is ProcessIdentity {
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
