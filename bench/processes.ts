import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Core of the process that is measured, and the one of everything else. */
const SUBJECT_CORE = '0';
const RIG_CORE = '1';

/** Clock ticks per second of `/proc/PID/stat`: 100 on every Linux architecture that Node.js supports. */
const TICKS_PER_SECOND = 100;
const MICROSECONDS_PER_TICK = 1_000_000 / TICKS_PER_SECOND;

const IS_LINUX = process.platform === 'linux';

/** Whether processes can be pinned to cores: on Linux with `taskset` and two cores or more. */
const CAN_PIN =
  IS_LINUX && availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

/** Why no CPU time and no memory is measured, `null` where they are. */
export const NO_CPU_REASON = IS_LINUX
  ? null
  : 'CPU time and memory are read from /proc, which only Linux has: those columns stay empty.';

/** Puts this process and what it starts, the measured processes apart, onto a core of their own; returns how it is. */
export function pinRig(): string {
  if (!CAN_PIN) return 'not pinned to cores (needs Linux, `taskset` and two cores)';
  spawnSync('taskset', ['-a', '-c', '-p', RIG_CORE, String(process.pid)]);
  return `measured process on core ${SUBJECT_CORE}; provider, load generator and database on core ${RIG_CORE}`;
}

/** A program to start, and where its output goes. */
export interface Program {
  /** Arguments of Node.js. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** File for its output; without it the standard output can be read. */
  readonly logFile?: string;
  /** Whether it is what is measured. */
  readonly isSubject: boolean;
}

/** Starts Node.js on a program, on the core of its part. */
export function start(program: Program): ChildProcess {
  const node = [process.execPath, ...program.args];
  const pinned = CAN_PIN && program.isSubject ? ['taskset', '-c', SUBJECT_CORE, ...node] : node;
  const [command = process.execPath, ...args] = pinned;
  const log = program.logFile === undefined ? undefined : openSync(program.logFile, 'a');
  return spawn(command, args, {
    cwd: new URL('..', import.meta.url),
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...program.env },
    stdio: ['ignore', log ?? 'pipe', log ?? 'inherit'],
  });
}

/** Resolves when a program has printed its first line. */
export async function whenReady(child: ChildProcess): Promise<void> {
  if (child.stdout === null) throw new Error('the output of the program is not read');
  const ended = once(child, 'exit').then(() => {
    throw new Error('a program of the benchmark ended at its start');
  });
  await Promise.race([once(child.stdout, 'data'), ended]);
}

/** Ends a process in good order and waits until it is gone. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/**
 * Returns the CPU time that a process, all its threads and its descendants have used, in microseconds; `null` off Linux.
 * Threads and waited-for children that have ended count too.
 */
export function cpuMicroseconds(pid: number): number | null {
  if (!IS_LINUX) return null;
  const ticks = treeOf(pid).map((stat) => stat.ticks);
  return ticks.reduce((sum, each) => sum + each, 0) * MICROSECONDS_PER_TICK;
}

/** Returns the resident memory of a process and its descendants in bytes; `null` off Linux. */
export function residentBytes(pid: number): number | null {
  if (!IS_LINUX) return null;
  const sizes = treeOf(pid).map((stat) => {
    const status = readFileSync(`/proc/${String(stat.pid)}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  });
  return sizes.reduce((sum, each) => sum + each, 0);
}

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
}

function treeOf(root: number): ProcessStat[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .filter((stat) => stat !== null);
  const members = all.filter((stat) => stat.pid === root);
  for (const member of members) members.push(...all.filter((stat) => stat.parent === member.pid));
  if (members.length === 0) throw new Error(`process ${String(root)} has ended`);
  return members;
}

/** Fields 4 (parent) and 14 to 17 (user and system time, own and of waited-for children) of proc_pid_stat(5). */
function statOf(pid: number): ProcessStat | null {
  try {
    const text = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { pid, parent: Number(fields[1]), ticks };
  } catch {
    // It has ended since the directory was read.
    return null;
  }
}
