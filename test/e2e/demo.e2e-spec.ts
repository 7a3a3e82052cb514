import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import { join } from 'node:path';

jest.setTimeout(180_000);

describe('npm run demo -- --once --json', () => {
  it('tells its story with every step holding and exits 0', async () => {
    const root = join(import.meta.dirname, '../..');
    const demo = spawn(
      process.execPath,
      [join(root, 'scripts/run.mjs'), 'demo', '--once', '--json'],
      {
        cwd: root,
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const [output, [code]] = await Promise.all([text(demo.stdout), once(demo, 'close')]);
    const steps = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { ok: boolean; title: string; detail: string });
    expect(steps.filter(({ ok }) => !ok)).toEqual([]);
    expect(steps.length).toBeGreaterThanOrEqual(10);
    expect(code).toBe(0);
  });
});
