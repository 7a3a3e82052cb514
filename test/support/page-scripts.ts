import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const BLOCK = /(?:<!-- (?:not run: (.+?)|(keeps running)) -->\n\n)?```sh\n([\s\S]*?)^```/gm;

/** One block of shell commands of a page. */
export interface PageBlock {
  readonly script: string;
  /** Why it is not run; `null` for blocks that are. */
  readonly skipped: string | null;
  /** Whether its command keeps running, as a server does, while the reader goes on in another shell. */
  readonly isServer: boolean;
}

/** The words for the program of a page's commands, `npm run gatehouse` and `npm start`, in any directory. */
const PACKAGE = JSON.stringify({
  private: true,
  scripts: {
    gatehouse: `exec node "${join(ROOT, 'scripts/run.mjs')}" gateway`,
    start: `exec node "${join(ROOT, 'scripts/run.mjs')}" gateway serve`,
  },
});

/** How a page's script ended. */
export interface ScriptEnd {
  readonly code: number | null;
  readonly output: string;
}

/**
 * Returns the shell blocks of a page in their order. A comment `<!-- not run: reason -->` in front of a block keeps it
 * from being run; `<!-- keeps running -->` marks the block of a server.
 * @param page path in the repository
 */
export function blocksOf(page: string): readonly PageBlock[] {
  return [...readFileSync(join(ROOT, page), 'utf8').matchAll(BLOCK)].map(
    ([, skipped = null, server, script = '']) => ({
      script,
      skipped,
      isServer: server !== undefined,
    }),
  );
}

/**
 * Returns the only block of a page that holds a text.
 * @param page path in the repository
 * @param text part of the block
 */
export function blockWith(page: string, text: string): PageBlock {
  const found = blocksOf(page).filter(({ script }) => script.includes(text));
  const [block] = found;
  if (block === undefined || found.length > 1)
    throw new Error(`${page} has ${String(found.length)} blocks with ${text}`);
  return block;
}

/**
 * Returns the titles of the skipped tests that say which blocks of the pages are not run, and why.
 * @param pages paths in the repository
 */
export function skippedOf(pages: readonly string[]): readonly string[] {
  return pages.flatMap((page) =>
    blocksOf(page).flatMap(({ script, skipped }) =>
      skipped === null ? [] : [`${page}: ${script.split('\n', 1)[0] ?? ''} (not run: ${skipped})`],
    ),
  );
}

/**
 * Returns the text of every block of one language that a page shows, in their order.
 * @param page path in the repository
 * @param language the word behind the three backticks, for example `yaml`
 */
export function shownOf(page: string, language: string): readonly string[] {
  const block = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm');
  return [...readFileSync(join(ROOT, page), 'utf8').matchAll(block)].map(([, text = '']) => text);
}

/**
 * Returns the settings below `litellm_jwtauth` of the first configuration that a page shows, as it writes them.
 * @param page path in the repository
 */
export function jwtauthOf(page: string): string {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const lines = /^ {2}litellm_jwtauth:\n((?: {4}.+\n)+)/m.exec(text)?.[1] ?? '';
  return `\n${lines.trimEnd()}`;
}

/** A page's script that is running, such as `npm start`. */
export interface RunningScript {
  /** What it has printed so far. */
  output(): string;
  /** Resolves when it has ended and its directory is removed. */
  readonly ended: Promise<ScriptEnd>;
  /** Ends it and the programs that it started, as Ctrl+C in a terminal does. */
  interrupt(): Promise<ScriptEnd>;
}

/**
 * Starts the blocks of a page word for word, in one shell, in a directory of their own.
 * @param env variables that the page tells its reader to set
 * @param files contents of the files that the page tells its reader to have, by their names
 */
export function beginBlocks(
  blocks: readonly PageBlock[],
  env: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = {},
): RunningScript {
  const cwd = mkdtempSync(join(tmpdir(), 'gatehouse-page-'));
  for (const [name, text] of Object.entries({ 'package.json': PACKAGE, ...files }))
    writeFileSync(join(cwd, name), text);
  const script = blocks.filter(({ skipped }) => skipped === null).map((one) => one.script);
  const child = spawn('sh', ['-e', '-c', script.join('\n')], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: cwd, ...env },
    // A process group of its own, which a signal reaches as a terminal's does.
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  }).then((code) => {
    rmSync(cwd, { recursive: true, force: true });
    return { code, output };
  });
  return {
    output: () => output,
    ended,
    interrupt: () => {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
        process.kill(-child.pid, 'SIGINT');
      return ended;
    },
  };
}

/**
 * Runs the blocks of a page word for word to their end, as {@link beginBlocks} starts them.
 * @param env variables that the page tells its reader to set
 * @param files contents of the files that the page tells its reader to have, by their names
 */
export function runBlocks(
  blocks: readonly PageBlock[],
  env: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = {},
): Promise<ScriptEnd> {
  return beginBlocks(blocks, env, files).ended;
}
