import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

async function loadedBy(...args: readonly string[]): Promise<readonly string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-loaded-'));
  const file = join(directory, 'loaded');
  await runGatehouse(args, {
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(RECORDER)}`,
    LOADED_FILE: file,
  });
  const loaded = readFileSync(file, 'utf8').split('\n');
  rmSync(directory, { recursive: true });
  return loaded.filter((url) => url.startsWith('file:'));
}

describe('a command line that runs nothing', () => {
  it.each([['help'], ['--help'], ['serve --help'], ['--version'], ['serv'], ['check --onlin']])(
    'loads a few small files alone: %s',
    async (line) => {
      const loaded = await loadedBy(...line.split(' '));
      const packages = loaded.flatMap(
        (url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? [],
      );
      expect([...new Set(packages)]).toEqual(['fastest-levenshtein']);
    },
  );
});

describe('a check of the configuration', () => {
  it('loads neither the HTTP server nor the engine of the embedded database', async () => {
    const loaded = await loadedBy('check', '--config', 'config/gatehouse.example.yaml');
    expect(
      loaded.filter((url) => /\/cli\/serve\.js|@nestjs\/platform-express|pglite/.test(url)),
    ).toEqual([]);
  });
});
