import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reconcile } from '#gateway/cli/reconcile';
import { settingsFromYaml } from '#libs/config';

describe('books are compared only where there are books', () => {
  let parent: string;
  let dataDir: string;

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'gatehouse-state-'));
    dataDir = join(parent, 'data');
  });

  afterEach(() => {
    rmSync(parent, { recursive: true, force: true });
  });

  test.each([
    ['absent', () => undefined],
    ['empty', () => mkdirSync(dataDir)],
    [
      'that of another program',
      () => {
        mkdirSync(dataDir);
        writeFileSync(join(dataDir, 'notes.txt'), 'mine');
      },
    ],
    [
      'left by an interrupted start',
      () => mkdirSync(join(dataDir, 'database.creating'), { recursive: true }),
    ],
  ])('a data directory that is %s is refused and left as it was', async (_name, make) => {
    make();
    const before = existsSync(dataDir) ? readdirSync(dataDir) : null;
    const settings = { ...settingsFromYaml('model_list: []\n'), databaseUrl: null, dataDir };
    await expect(reconcile(settings)).rejects.toThrow(/holds no database/);
    expect(existsSync(dataDir) ? readdirSync(dataDir) : null).toEqual(before);
  });
});
