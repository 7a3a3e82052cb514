import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigProblem } from './diagnostics/config-diagnostics.js';
import { loadSettings } from './load-settings.js';
import type { Settings } from './model/settings.js';

describe('further checks', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'gatehouse-evaluates-'));
    writeFileSync(join(directory, 'config.yaml'), 'gatehouse: { data_dir: there }');
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const source = () => ({ argv: {}, env: {}, cwd: directory });
  const objecting = ({ dataDir }: Settings): readonly ConfigProblem[] => [
    { path: 'gatehouse.policies[0].when', message: `does not compile`, remedy: dataDir },
  ];
  it('refuse the start like any other problem, after they have seen the finished settings', () => {
    expect(loadSettings(source(), [() => [], objecting])).toMatchObject({
      ok: false,
      problems: [{ path: 'gatehouse.policies[0].when', remedy: join(directory, 'there') }],
    });
    expect(loadSettings(source(), [() => []]).ok).toBe(true);
  });

  it('are not asked about settings that have problems already', () => {
    writeFileSync(join(directory, 'config.yaml'), 'gatehouse: { bogus: 1 }');
    const result = loadSettings(source(), [objecting]);
    expect(result.ok ? [] : result.problems.map(({ path }) => path)).toEqual(['gatehouse.bogus']);
  });
});
