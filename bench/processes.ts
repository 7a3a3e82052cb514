import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Core of the process that is measured, and the one of everything else. */
const SUBJECT_CORE = '0';
const RIG_CORE = '1';

const IS_LINUX = process.platform === 'linux';

/** Whether processes can be pinned to cores: on Linux with `taskset` and two cores or more. */
const CAN_PIN =
  IS_LINUX && availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

/** Why no CPU time and no memory is measured, `null` where they are. */
export const NO_CPU_REASON = existsSync('/proc/self/schedstat')
  ? null
  : 'CPU time and memory are read from /proc, which only Linux has: those columns stay empty.';

/** Puts this process and what it starts, the measured processes apart, onto a core of their own; returns how it is. */
export function pinRig(): string {
  if (!CAN_PIN) return 'not pinned to cores (needs Linux, `taskset` and two cores)';
  spawnSync('taskset', ['-a', '-c', '-p', RIG_CORE, String(process.pid)]);
  return `measured process on core ${SUBJECT_CORE}; provider, load generator and database on core ${RIG_CORE}`;
}

/** Lets the kernel place a measured process on every core, as in a deployment that shares them with its database. */
export function unpin(pid: number): void {
  if (!CAN_PIN) return;
  const cores = `0-${String(availableParallelism() - 1)}`;
  spawnSync('taskset', ['-a', '-c', '-p', cores, String(pid)]);
}

const running = new Set<ChildProcess>();
// Also where the run is interrupted or fails.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

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
  const child = spawn(command, args, {
    cwd: new URL('..', import.meta.url),
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...program.env },
    stdio: ['ignore', log ?? 'pipe', log ?? 'inherit'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
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
 * Returns the CPU time that all threads of a process and of its descendants have used, in microseconds; `null` off Linux.
 * Those that have ended do not count, so a difference is right as long as none ends in between.
 */
export function cpuMicroseconds(pid: number): number | null {
  if (NO_CPU_REASON !== null) return null;
  const nanoseconds = treeOf(pid).flatMap((member) => {
    const tasks = `/proc/${String(member)}/task`;
    return readdirSync(tasks).map((task) => {
      const [onCpu] = textOf(`${tasks}/${task}/schedstat`).split(' ');
      return Number(onCpu);
    });
  });
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1000;
}

/** Returns the resident memory of a process and its descendants in bytes; `null` off Linux. */
export function residentBytes(pid: number): number | null {
  if (NO_CPU_REASON !== null) return null;
  const sizes = treeOf(pid).map((member) => {
    const status = textOf(`/proc/${String(member)}/status`);
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  });
  return sizes.reduce((sum, each) => sum + each, 0);
}

/** The process and its descendants. */
function treeOf(root: number): readonly number[] {
  const members = [root];
  for (const member of members) {
    const threads = `/proc/${String(member)}/task`;
    for (const thread of readdirSync(threads)) {
      const children = textOf(`${threads}/${thread}/children`);
      members.push(...children.split(' ').filter(Boolean).map(Number));
    }
  }
  return members;
}

/** Content of a file of /proc, empty when its thread or process has ended meanwhile. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
