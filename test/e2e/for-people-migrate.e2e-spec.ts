import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runOnFile } from '#support/file-gateway';
import { runGatehouse, type ProcessEnd } from '#support/gateway-process';
import { describeWithPostgres } from '#support/postgres';

jest.setTimeout(120_000);

const CONFIG = 'model_list: []\n';
/** Longer than a label of a name may be, so that no name service has to be asked. */
const UNKNOWN_HOST = 'a'.repeat(64);
const COMMANDS = ['migrate', 'reconcile'] as const;

/** What the program prints may hold one line alone, without colours, and comes at once. */
async function endedAtOnce(
  command: string,
  env: Record<string, string>,
): Promise<{ readonly end: ProcessEnd; readonly lines: readonly string[] }> {
  const begin = performance.now();
  const end = await runOnFile(command, CONFIG, env);
  expect(performance.now() - begin).toBeLessThan(25_000);
  const printed = `${end.stdout}${end.stderr}`;
  expect(printed).not.toContain('\u001B');
  return { end, lines: printed.trim().split('\n') };
}

beforeAll(async () => {
  // Builds the program where it has to be built, which no command is measured with.
  await runGatehouse(['version']);
});

describe('a command whose database cannot be had', () => {
  it('ends at once for a host that is unknown', async () => {
    const env = { DATABASE_URL: `postgresql://gatehouse@${UNKNOWN_HOST}:5432/gatehouse` };
    const { end, lines } = await endedAtOnce('migrate', env);
    expect(end.code).toBe(1);
    expect(lines).toEqual([
      expect.stringMatching(
        /^gatehouse: the database \(host a{64}.*the name of the host is unknown \(ENOTFOUND\)/,
      ),
    ]);
  });

  it.each(['migrate', 'serve'])('%s says that the data directory is a file', async (command) => {
    const directory = mkdtempSync(join(tmpdir(), 'gatehouse-file-'));
    const path = join(directory, 'data');
    writeFileSync(path, '');
    const end = await runOnFile(command, CONFIG, { GATEHOUSE_DATA_DIR: path, PORT: '0' });
    expect(end.code).toBe(1);
    expect(`${end.stdout}${end.stderr}`).toContain(
      `The data directory ${path} is a file and must be a directory (EEXIST): move the file away`,
    );
    rmSync(directory, { recursive: true });
  });
});

describeWithPostgres('a command whose database refuses it', (server) => {
  it.each([
    ['3D000', (url: URL) => (url.pathname = '/no_such_database')],
    ['28000', (url: URL) => (url.username = 'no_such_user')],
  ])('ends at once with one line for %s', async (code, change) => {
    const url = new URL(await server().createDatabase());
    change(url);
    for (const command of COMMANDS) {
      const { end, lines } = await endedAtOnce(command, { DATABASE_URL: url.href });
      expect(end.code).toBe(1);
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain(`(${code})`);
    }
  });
});
