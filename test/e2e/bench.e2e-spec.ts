import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '#support/free-port';
import { POSTGRES_MISSING } from '#support/postgres';

jest.setTimeout(300_000);

/** Name of the results. */
const NAME = 'smoke';
const HAS_POSTGRES = POSTGRES_MISSING === null;

/** Numbers of a row: raw relay and each variant of the gateway that the load is measured on. */
const ALL = HAS_POSTGRES ? 4 : 2;
const DATABASES = HAS_POSTGRES ? 3 : 2;
const MAIN = 2;

/** Loads whose CPU time and rate are measured. */
const LOADS = {
  'plain 1 KB, token cached': ALL,
  'plain 1 KB, every token new': DATABASES,
  'plain 1 KB, virtual key': MAIN,
  'refused call (403)': MAIN,
  'request of 100 KB': MAIN,
  'request of 1 MB': DATABASES,
  'response of 1 MB': MAIN,
  'stream of 100 events, whole call': MAIN,
};

/** Benchmarks read CPU time and memory from /proc. */
const describeOnLinux = process.platform === 'linux' ? describe : describe.skip;

describeOnLinux('npm run bench', () => {
  let out: string;

  beforeEach(() => {
    out = mkdtempSync(join(tmpdir(), 'gatehouse-bench-test-'));
  });
  afterEach(() => {
    rmSync(out, { recursive: true, force: true });
  });

  it('measures every load on every variant that it concerns, and writes tables and plots', async () => {
    const end = await bench('--smoke', '--out', out, '--name', NAME);
    expect({ code: end.code, stderr: end.code === 0 ? '' : end.stderr }).toEqual({
      code: 0,
      stderr: '',
    });
    expect(readdirSync(out).sort()).toEqual([
      `${NAME}-cpu.svg`,
      `${NAME}-first-byte.svg`,
      `${NAME}-latency.svg`,
      `${NAME}.md`,
    ]);
    expect(numbersPerRow(readFileSync(join(out, `${NAME}.md`), 'utf8'))).toEqual({
      'CPU per call, as a multiple of the raw relay': LOADS,
      'Latency added to that of the raw relay': {
        '10 calls/s, p50': MAIN,
        '10 calls/s, p99': MAIN,
        '100 calls/s, p50': ALL,
        '100 calls/s, p99': ALL,
      },
      'First byte of streams': {
        '100 streams opened at once, p50': DATABASES,
        '100 streams opened at once, p99': DATABASES,
      },
      'Start and memory': {
        'ready after the first start, empty data': ALL - 1,
        'ready after a further start': ALL - 1,
        'resident after all load': ALL,
      },
      'Calls per second and latency (p50 / p99) at full load, for this machine only': LOADS,
    });
  });

  it('measures another gateway by its URL and process', async () => {
    const [port, providerPort] = [await freePort(), await freePort()];
    const provider = `http://127.0.0.1:${providerPort}`;
    const other = start('bench/raw-relay.ts', port, provider);
    const { pid = 0 } = other;
    const url = `http://127.0.0.1:${port}`;
    const against = ['--against', url, '--pid', String(pid), '--provider-port', providerPort];
    const end = await bench('--smoke', ...against, '--only', 'plain,refused', '--out', out);
    other.kill();
    expect({ code: end.code, stderr: end.code === 0 ? '' : end.stderr }).toEqual({
      code: 0,
      stderr: '',
    });
    expect(numbersPerRow(end.stdout)).toMatchObject({
      'CPU per call, as a multiple of the raw relay': { 'plain 1 KB, token cached': 2 },
      'Start and memory': { 'resident after all load': 2 },
    });
  });

  it('writes a CPU profile, its time by library, and the functions and promises of a call', async () => {
    const on = HAS_POSTGRES ? 'postgres' : 'embedded';
    const only = ['--only', 'plain', '--on', on];
    const end = await bench('--smoke', '--profile', ...only, '--out', out, '--name', NAME);
    expect({ code: end.code, stderr: end.code === 0 ? '' : end.stderr }).toEqual({
      code: 0,
      stderr: '',
    });
    const tables = readFileSync(join(out, `${NAME}-plain.profile.md`), 'utf8');
    for (const library of ['libs/auth', 'libs/proxy', 'libs/spend', 'undici', 'Node.js'])
      expect(tables).toMatch(new RegExp(`^\\| ${library} \\| [\\d.]+ % \\|`, 'm'));
    expect(tables).toMatch(
      /^Counted in 200 calls: \d+ files entered; [\d.]+ calls of functions and [\d.]+ promises per call\.$/m,
    );
    const profile = JSON.parse(readFileSync(join(out, `${NAME}-plain.cpuprofile`), 'utf8'));
    expect(Object.keys(profile).sort()).toEqual([
      'endTime',
      'nodes',
      'samples',
      'startTime',
      'timeDeltas',
    ]);
  });

  it('refuses an unknown load with the usage and exit code 64', async () => {
    const end = await bench('--only', 'plain,huge');
    expect(end.code).toBe(64);
    expect(end.stderr).toContain('bench: --only does not know "huge", only plain, token-new,');
    expect(end.stderr).toContain('Usage: npm run bench -- [OPTION…]');
  });
});

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, args, { cwd: join(import.meta.dirname, '../..') });
}

async function bench(...args: string[]) {
  const child = start('bench/main.ts', ...args);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** The count of cells with a number in each row of each table. */
function numbersPerRow(report: string): Record<string, Record<string, number>> {
  const sections = report.split(/^## /m).slice(1);
  return Object.fromEntries(
    sections.map((section) => {
      const [title = '', ...lines] = section.split('\n');
      const rows = lines.filter((line) => line.startsWith('| ')).slice(2);
      const counted = rows.map((row) => {
        const [name = '', ...cells] = row.slice(2, -2).split(' | ');
        return [name, cells.filter((cell) => /^-?\d/.test(cell)).length] as const;
      });
      return [title, Object.fromEntries(counted)];
    }),
  );
}
