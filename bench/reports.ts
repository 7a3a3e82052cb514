/** `npm run bench:reports`: how long reports over a large ledger take, and what they do to the calls beside them. */
import pg from 'pg';
import { CallsBesideReports } from '#bench/calls-beside-reports';
import { unpin } from '#bench/processes';
import { readReport } from '#bench/read-report';
import { REPORTS } from '#bench/report-paths';
import { DAYS, fillLedger, type Filling } from '#bench/reports-fill';
import { Rig } from '#bench/rig';
import { Latencies } from '#bench/statistics';
import { GATEWAYS } from '#bench/subjects';
import { POSTGRES_MISSING } from '#support/postgres';

const ENTRIES = Number(process.argv[2] ?? 5_000_000);
const SEED = Number(process.argv[3] ?? 20_261_130);
const RUNS = 10;
const LIMIT_MS = 1000;
/** Largest change of the p99 of calls beside reports. */
const MOST_CHANGE = 0.2;

const say = (text: string): void => {
  console.error(`${new Date().toISOString()} ${text}`);
};

await main();

async function main(): Promise<void> {
  console.log(`seed ${String(SEED)}, ${String(ENTRIES)} entries over ${String(DAYS)} days`);
  const rig = await Rig.start({ providerPort: 0, delayMs: 0, newTokens: 1, headers: {} });
  const [gateway] = GATEWAYS;
  try {
    if (rig.postgres === null || gateway === undefined) throw new Error(String(POSTGRES_MISSING));
    const subject = await gateway.start(rig);
    const databaseUrl = await databaseOf(rig.postgres.url);
    printFilling(await fillLedger(databaseUrl, { entries: ENTRIES, seed: SEED }, say));
    if (subject.pid !== null) unpin(subject.pid);
    const slow = await measureReports(subject.url.origin);
    say('calls');
    const change = await new CallsBesideReports(rig, subject).measure();
    printGoals(slow, change);
    await subject.stop();
  } finally {
    await rig.stop();
  }
}

/** The address of the one database that the gateway has made on the server. */
async function databaseOf(serverUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  const { rows } = await client.query<{ datname: string }>(
    `SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'`,
  );
  await client.end();
  const url = new URL(serverUrl);
  url.pathname = `/${rows[0]?.datname ?? ''}`;
  return url.href;
}

/** Reads each report several times in a row, after once that is not counted; returns those that take too long. */
async function measureReports(url: string): Promise<readonly string[]> {
  say('reports');
  console.log('\n| report | p50 ms | p95 ms | max ms |\n| --- | --: | --: | --: |');
  const slow: string[] = [];
  for (const path of REPORTS) {
    await readReport(url, path);
    const times: number[] = [];
    for (let run = 0; run < RUNS; run += 1) times.push(await readReport(url, path));
    const latencies = new Latencies(times);
    if (latencies.at(0.95) >= LIMIT_MS) slow.push(path);
    console.log(row([path.replaceAll('|', '/'), ...[0.5, 0.95, 1].map((at) => latencies.at(at))]));
  }
  return slow;
}

/** Says of each goal whether it was reached, also by the exit code. */
function printGoals(slow: readonly string[], change: number): void {
  const quick = REPORTS.length - slow.length;
  const goal = (text: string, isReached: boolean): void => {
    console.log(`${isReached ? 'PASS' : 'FAIL'}: ${text}`);
    if (!isReached) process.exitCode = 1;
  };
  console.log('');
  goal(
    `${String(quick)} of ${String(REPORTS.length)} reports have a p95 below 1 s`,
    slow.length === 0,
  );
  goal(
    `the p99 of calls moved by ${(change * 100).toFixed(1)} % beside reports, goal below ${String(MOST_CHANGE * 100)} %`,
    change < MOST_CHANGE,
  );
}

function row(cells: readonly (string | number)[]): string {
  const texts = cells.map((cell) => (typeof cell === 'number' ? cell.toFixed(1) : cell));
  return `| ${texts.join(' | ')} |`;
}

function printFilling({ entries, entrySeconds, rollUpSeconds, rollUps }: Filling): void {
  console.log(
    `${String(entries)} entries in ${entrySeconds.toFixed(0)} s; roll-ups built in ${rollUpSeconds.toFixed(0)} s: ${JSON.stringify(rollUps)}`,
  );
}
