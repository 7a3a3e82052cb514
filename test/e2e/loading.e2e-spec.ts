import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runGatehouse } from '#support/gateway-process';

jest.setTimeout(60_000);

/** Notes every module in the order of loading, and writes the list when the process ends. */
const RECORDER = `
import { registerHooks } from 'node:module';
import { writeFileSync } from 'node:fs';
const loaded = [];
registerHooks({
  load(url, context, next) {
    loaded.push(url);
    return next(url, context);
  },
});
process.on('exit', () => writeFileSync(process.env.LOADED_FILE, loaded.join('\\n')));
`;

/** Names of the packages whose code a command line loads, in files of their own or within the bundle. */
async function packagesOf(...args: readonly string[]): Promise<readonly string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-loaded-'));
  const file = join(directory, 'loaded');
  await runGatehouse(args, {
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(RECORDER)}`,
    LOADED_FILE: file,
  });
  const urls = readFileSync(file, 'utf8').split('\n');
  rmSync(directory, { recursive: true });
  // The source map of a bundled file names the modules that are in it.
  const bundled = urls
    .filter((url) => url.includes('/dist/apps/'))
    .flatMap((url) => {
      const map = readFileSync(`${fileURLToPath(url)}.map`, 'utf8');
      return (JSON.parse(map) as { sources: string[] }).sources;
    });
  const names = [...urls, ...bundled].flatMap(
    (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
  );
  return [...new Set(names)];
}

// Builds where the sources have changed, so that no measured start does.
beforeAll(() => runGatehouse(['--version']));

describe('a command line that runs nothing', () => {
  it.each([['help'], ['--help'], ['serve --help'], ['--version'], ['serv'], ['check --onlin']])(
    'loads a few small files alone: %s',
    async (line) => {
      expect(await packagesOf(...line.split(' '))).toEqual(['fastest-levenshtein']);
    },
  );
});

describe('a check of the configuration', () => {
  it('loads neither the HTTP server nor the engine of the embedded database', async () => {
    const packages = await packagesOf('check', '--config', 'config/gatehouse.example.yaml');
    expect(packages).toContain('zod');
    expect(packages).not.toContain('@nestjs/platform-express');
    expect(packages).not.toContain('@electric-sql/pglite');
  });
});

describe('the bundle', () => {
  it('keeps the name of every class, which logs and the frameworks show', () => {
    const directory = 'dist/apps/gateway/src/bundle';
    const nameless = globSync(`${directory}/*.js`).flatMap(
      (file) =>
        // What esbuild writes into a class; the build leaves none, because this function does nothing there.
        readFileSync(file, 'utf8').match(/\b__name\(\s*this,\s*"[^"]+"/g) ?? [],
    );
    expect(nameless).toEqual([]);
  });
});
