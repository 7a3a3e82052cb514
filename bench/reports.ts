/** `npm run bench:reports`: how long reports over a large ledger take, and what they do to the calls beside them. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import pg from 'pg';
import { LoadGenerator } from '#bench/load';
import { warmUp } from '#bench/measure';
import { readReport } from '#bench/read-report';
import { REPORTS } from '#bench/report-paths';
import { DAYS, fillLedger, type Filling } from '#bench/reports-fill';
import { Rig } from '#bench/rig';
import { SCENARIOS } from '#bench/scenarios';
import { Latencies, spreadOf, type Spread } from '#bench/statistics';
import type { Subject } from '#bench/subject';
import { GATEWAYS } from '#bench/subjects';
import { POSTGRES_MISSING } from '#support/postgres';

const ENTRIES = Number(process.argv[2] ?? 5_000_000);
const SEED = Number(process.argv[3] ?? 20_261_130);
const RUNS = 10;
const LIMIT_MS = 1000;
const CALLS_PER_SECOND = 50;
const ROUND_SECONDS = 20;
const ROUNDS = 5;
const WARM_UP_SECONDS = 5;

/** Percentiles of the calls of one round, in milliseconds. */
interface Round {
  readonly p50: number;
  readonly p99: number;
}

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
    await measureReports(subject.url.origin);
    await measureCalls(rig, subject);
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

/** Reads each report several times in a row, after once that is not counted. */
async function measureReports(url: string): Promise<void> {
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
  const quick = REPORTS.length - slow.length;
  console.log(`\n${String(quick)} of ${String(REPORTS.length)} reports have a p95 below 1 s.`);
}

/** Calls at a constant rate, in rounds with and without reports by turns, so that the noise of the machine falls on both. */
async function measureCalls(rig: Rig, subject: Subject): Promise<void> {
  say('calls');
  await warmUp(rig, subject, WARM_UP_SECONDS);
  await round(rig, subject);
  const rounds: { alone: Round; beside: Round }[] = [];
  let at = 0;
  for (let count = 0; count < ROUNDS; count += 1) {
    const alone = await round(rig, subject);
    const workerData = { url: subject.url.origin, first: at };
    const reader = new Worker(new URL('reports-reader.ts', import.meta.url), { workerData });
    const beside = await round(rig, subject);
    reader.postMessage('stop');
    [at] = (await once(reader, 'message')) as [number];
    await reader.terminate();
    rounds.push({ alone, beside });
  }
  console.log(
    `\n${String(CALLS_PER_SECOND)} calls per second, ${String(ROUNDS)} rounds of ${String(ROUND_SECONDS)} s each; ${String(at)} reports were read, one in each second:\n`,
  );
  console.log('| calls | p50 ms | p99 ms, median of the rounds | p99 ms, least and most |');
  console.log('| --- | --: | --: | --: |');
  const alone = printed(
    'without reports',
    rounds.map((each) => each.alone),
  );
  const beside = printed(
    'beside reports',
    rounds.map((each) => each.beside),
  );
  const change = (beside.median / alone.median - 1) * 100;
  console.log(`\nThe median p99 moved by ${change.toFixed(1)} % beside reports.`);
}

async function round(rig: Rig, subject: Subject): Promise<Round> {
  const scenario = SCENARIOS.find(({ kind }) => kind === 'rate');
  if (scenario === undefined) throw new Error('there is no load at a fixed rate');
  const generator = new LoadGenerator(subject.url);
  const calls = rig.callsFor(scenario, subject);
  const { total } = await generator.open(calls, CALLS_PER_SECOND, ROUND_SECONDS);
  generator.close();
  return { p50: total.at(0.5), p99: total.at(0.99) };
}

/** Prints the rounds of one kind and returns their p99. */
function printed(what: string, rounds: readonly Round[]): Spread {
  const p50 = spreadOf(rounds.map((each) => each.p50));
  const p99 = spreadOf(rounds.map((each) => each.p99));
  if (p50 === null || p99 === null) throw new Error('there are no rounds');
  const range = `${p99.min.toFixed(1)} – ${p99.max.toFixed(1)}`;
  console.log(row([what, p50.median, p99.median, range]));
  return p99;
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
