import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { embeddedDataDirectory } from './embedded.js';
import { testConfiguration, testEnvironment, type TestSurroundings } from './gateway.js';

const ROOT = join(import.meta.dirname, '../..');
const START_TIMEOUT_MS = 120_000;

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  readonly stdout: string;
}

/**
 * Runs one command of the program to its end, as a user would.
 * @param args arguments behind the program's name
 * @param env environment laid over a bare one
 */
export async function runGatehouse(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<ProcessEnd> {
  const child = launch(args, env);
  return endOf(child);
}

/** A gateway process that may never come to listen. */
export interface StartingProcess {
  readonly pid: number;
  /**
   * Resolves with the next line of its log that holds a text, `null` when it ends without one.
   * @param text part of the line
   */
  line(text: string): Promise<string | null>;
  /** Sends a signal. */
  signal(signal: NodeJS.Signals): void;
  /** Waits until it has ended. */
  end(): Promise<ProcessEnd>;
}

/**
 * Starts the built program on a configuration and waits for nothing.
 * @param around what it stands on
 * @param port the port of the command line
 */
export function beginGateway(
  around: TestSurroundings & { readonly dataDir: string },
  port = '0',
): StartingProcess {
  const { child, ended } = launchServe(around, port);
  const { pid, stdout } = child;
  if (pid === undefined || stdout === null) throw new Error('the process has not been started');
  const lines = createInterface(stdout);
  return {
    pid,
    line: (text) =>
      new Promise((resolve) => {
        lines.on('line', (line) => {
          if (line.includes(text)) resolve(line);
        });
        lines.once('close', () => {
          resolve(null);
        });
      }),
    signal: (signal) => child.kill(signal),
    end: () => ended,
  };
}

/** A gateway in a process of its own, which tests can signal and kill. */
export class GatewayProcess {
  private constructor(
    /** Where it listens. */
    readonly url: string,
    /** Its configuration file. */
    readonly configFile: string,
    private readonly child: ChildProcess,
    private readonly ended: Promise<ProcessEnd>,
  ) {}

  /**
   * Starts the built program on a configuration and waits until it listens.
   * @param around what it stands on; `dataDir` outlives it
   */
  static async start(
    around: TestSurroundings & { readonly dataDir: string },
  ): Promise<GatewayProcess> {
    const { child, configFile, ended } = launchServe(around);
    const url = await Promise.race([
      listeningUrl(child),
      ended.then((end) => {
        throw new Error(`the gateway ended with ${String(end.code)}: ${end.stderr}${end.stdout}`);
      }),
    ]);
    return new GatewayProcess(url, configFile, child, ended);
  }

  /** Process id, for looking at it from outside. */
  get pid(): number {
    const { pid } = this.child;
    if (pid === undefined) throw new Error('the process has not been started');
    return pid;
  }

  /** Its resident memory in bytes, as Linux counts it. */
  residentBytes(): number {
    const status = readFileSync(`/proc/${String(this.pid)}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  /** Sends a signal. */
  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Waits until the process has ended. */
  end(): Promise<ProcessEnd> {
    return this.ended;
  }

  /** Kills it as `kill -9` does and waits until it is gone. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  /** Stops it in good order. */
  async stop(): Promise<ProcessEnd> {
    this.child.kill('SIGTERM');
    return this.ended;
  }
}

/** A directory for a gateway's data that is removed by the returned function. */
export async function temporaryDirectory(): Promise<{ path: string; remove: () => void }> {
  const path = await embeddedDataDirectory();
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

function launch(args: readonly string[], env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [join(ROOT, 'scripts/run.mjs'), 'gateway', ...args], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function launchServe(around: TestSurroundings & { readonly dataDir: string }, port = '0') {
  const configFile = join(around.dataDir, 'config.yaml');
  writeFileSync(configFile, testConfiguration(around, around.dataDir));
  const child = launch(['serve', '--config', configFile, '--port', port], {
    ...testEnvironment(around),
    LOG_LEVEL: 'info',
  });
  return { child, configFile, ended: endOf(child) };
}

async function endOf(child: ChildProcess): Promise<ProcessEnd> {
  let stderr = '';
  let stdout = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, stderr, stdout };
}

function listeningUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error('the gateway did not start to listen in time'));
    }, START_TIMEOUT_MS);
    if (child.stdout === null) throw new Error('no standard output');
    createInterface(child.stdout).on('line', (line) => {
      if (!line.includes('"listening"')) return;
      clearTimeout(timer);
      resolve((JSON.parse(line) as { url: string }).url);
    });
  });
}
