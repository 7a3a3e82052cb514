import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const BLOCK = /(?:<!-- not run: (.+?) -->\n\n)?```sh\n([\s\S]*?)^```/gm;

/** One block of shell commands of a page. */
export interface PageBlock {
  readonly script: string;
  /** Why it is not run; `null` for blocks that are. */
  readonly skipped: string | null;
}

/** How a page's script ended. */
export interface ScriptEnd {
  readonly code: number | null;
  readonly output: string;
}

/**
 * Returns the shell blocks of a page in their order. A comment `<!-- not run: reason -->` in front of a block keeps it
 * from being run.
 * @param page path in the repository
 */
export function blocksOf(page: string): readonly PageBlock[] {
  return [...readFileSync(join(ROOT, page), 'utf8').matchAll(BLOCK)].map(
    ([, skipped = null, script = '']) => ({ script, skipped }),
  );
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

/**
 * Runs the blocks of a page word for word, in one shell, in a directory of their own.
 * @param blocks the blocks
 * @param env variables that the page tells its reader to set
 */
export async function runBlocks(
  blocks: readonly PageBlock[],
  env: Readonly<Record<string, string>>,
): Promise<ScriptEnd> {
  const cwd = mkdtempSync(join(tmpdir(), 'gatehouse-page-'));
  const script = blocks.filter(({ skipped }) => skipped === null).map((one) => one.script);
  const child = spawn('sh', ['-e', '-c', script.join('\n')], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  rmSync(cwd, { recursive: true, force: true });
  return { code, output };
}
