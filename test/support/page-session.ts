import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PageBlock } from './page-scripts.js';

const ROOT = join(import.meta.dirname, '../..');
const END = '--- end of the block ---';
const STOP_LIMIT_MS = 15_000;
/** What a reader's checkout does not have at the start: files that the pages or earlier runs write. */
const WRITTEN = new Set(['.git', '.gatehouse', 'data', 'config.yaml']);

/**
 * One shell in a copy of the repository's root, in which the blocks of a page run word for word, one after the other.
 * Variables last from block to block; a block that keeps running (a server) runs until {@link close}.
 */
export class PageSession {
  private output = '';
  /** The log of the first is `server-1.log`. */
  private servers = 0;

  private constructor(
    private readonly directory: string,
    private readonly shell: ChildProcess,
  ) {
    for (const stream of [shell.stdout, shell.stderr])
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
  }

  /**
   * Opens the shell.
   * @param env variables that the reader has set or that the page leaves to the reader
   */
  static open(env: Readonly<Record<string, string>>): PageSession {
    const directory = mkdtempSync(join(tmpdir(), 'gatehouse-page-'));
    for (const name of readdirSync(ROOT))
      if (!WRITTEN.has(name)) symlinkSync(join(ROOT, name), join(directory, name));
    const { PATH = '', HOME = '' } = process.env;
    // A process group of its own: the servers are ended with it.
    const options = { cwd: directory, env: { PATH, HOME, ...env }, detached: true };
    return new PageSession(directory, spawn('sh', ['-e'], options));
  }

  /**
   * Writes a file, as the page has its reader do.
   * @param name below the root of the repository
   */
  write(name: string, text: string): void {
    writeFileSync(join(this.directory, name), text);
  }

  /**
   * Puts an existing file into the root, as a download does.
   * @param name below the root of the repository
   */
  place(name: string, path: string): void {
    symlinkSync(path, join(this.directory, name));
  }

  /**
   * Runs a block and returns what it wrote; a block that keeps running is only started.
   * @param block the block, or a command of the test's own
   * @throws Error with the output when a command of it fails
   */
  async run(block: PageBlock | string): Promise<string> {
    const { script, isServer } =
      typeof block === 'string' ? { script: block, isServer: false } : block;
    this.output = '';
    const end = isServer ? ` >server-${String((this.servers += 1))}.log 2>&1 &` : '';
    this.shell.stdin?.write(`{\n${script}\n} </dev/null${end}\nprintf '\\n%s\\n' '${END}'\n`);
    while (!this.output.includes(END)) {
      const { exitCode } = this.shell;
      if (exitCode !== null)
        throw new Error(`${script}ends with ${String(exitCode)}: ${this.output}`);
      await delay(20);
    }
    return this.output.slice(0, this.output.indexOf(END)).trim();
  }

  /** Ends the shell and every server in it, and removes the directory. */
  async close(): Promise<void> {
    const { pid } = this.shell;
    if (pid === undefined) return;
    const deadline = Date.now() + STOP_LIMIT_MS;
    while (signalGroup(pid, Date.now() < deadline ? 'SIGTERM' : 'SIGKILL')) await delay(100);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Returns whether the group still has a process. */
function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}
