/** `npm run bench:reports`: how long reports over a large ledger take, and what they do to the calls beside them. */
import pg from 'pg';
import { MODEL } from '#bench/payloads';
import { DAYS, fillLedger, type Filling } from '#bench/reports-fill';
import { Rig, TEAM } from '#bench/rig';
import { Latencies } from '#bench/statistics';
import { GATEWAYS, MASTER_KEY } from '#bench/subjects';
import { AUDIENCE } from '#support/issuer';
import { POSTGRES_MISSING } from '#support/postgres';

const ENTRIES = Number(process.argv[2] ?? 5_000_000);
const SEED = Number(process.argv[3] ?? 20_261_130);
const RUNS = 10;
const CALLS_PER_SECOND = 25;
const ROUND_SECONDS = 20;
const ROUNDS = 2;
const DAY_MS = 86_400_000;

const day = (ago: number): string => new Date(Date.now() - ago * DAY_MS).toISOString().slice(0, 10);
const MONTH = `start_date=${day(30)}&end_date=${day(0)}`;
const QUARTER = `start_date=${day(DAYS)}&end_date=${day(0)}`;
const USER = 'user-7';

/** Reports over 30 days where they have days, over the whole quarter where it says so. */
const REPORTS: readonly string[] = [
  `/gatehouse/spend/report?group_by=team,model&${MONTH}`,
  `/gatehouse/spend/report?group_by=organisation,issuer&${QUARTER}`,
  `/gatehouse/spend/report?group_by=user,client&${QUARTER}`,
  `/gatehouse/spend/report?group_by=key,day&${MONTH}`,
  `/gatehouse/spend/report?group_by=end_user,model&${MONTH}`,
  `/gatehouse/spend/report?group_by=tag,team&${MONTH}`,
  `/gatehouse/spend/report?group_by=model,client&user=${USER}&${QUARTER}`,
  `/global/spend`,
  `/global/spend/report?${MONTH}`,
  `/global/spend/report?group_by=customer&start_date=${day(2)}&end_date=${day(0)}`,
  `/global/spend/report?group_by=api_key&${MONTH}`,
  `/global/spend/keys?${MONTH}`,
  `/global/spend/teams?${MONTH}`,
  `/global/spend/models?${QUARTER}`,
  `/global/spend/provider?${MONTH}`,
  `/global/spend/tags?${MONTH}`,
  `/global/spend/all_tag_names`,
  `/global/spend/logs?${MONTH}`,
  `/global/activity?${MONTH}`,
  `/global/activity/model?${MONTH}`,
  `/user/daily/activity?${MONTH}`,
  `/user/daily/activity?user_id=${USER}&${QUARTER}`,
  `/user/daily/activity/aggregated?${MONTH}`,
  `/team/daily/activity?team_ids=team-7&${MONTH}`,
  `/organization/daily/activity?${MONTH}`,
  `/customer/daily/activity?end_user_ids=customer-7&${MONTH}`,
  `/tag/daily/activity?tags=tag-7&${MONTH}`,
  `/spend/keys`,
  `/spend/users`,
  `/spend/tags?${MONTH}`,
  `/spend/logs?user_id=${USER}&page_size=100`,
  `/spend/logs?page_size=100`,
  `/spend/logs?user_id=${USER}&${MONTH}`,
];

interface Row {
  readonly what: string;
  readonly p50: number;
  readonly p95: number;
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
    const token = await rig.issuer.sign({
      sub: 'alice',
      email: 'alice@acme.example',
      team: TEAM,
      aud: AUDIENCE,
    });
    await measure(subject.url.origin, token);
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

async function measure(url: string, token: string): Promise<void> {
  const rows: Row[] = [];
  for (const path of REPORTS) {
    await report(url, path);
    const times: number[] = [];
    for (let run = 0; run < RUNS; run += 1) times.push(await report(url, path));
    rows.push(rowOf(path, times));
  }
  print('report', rows);
  await calls(url, token);
  const alone: number[] = [];
  const beside: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    alone.push(...(await calls(url, token)));
    const stop = new AbortController();
    const reading = [0, 1].map((offset) => readReports(url, offset, stop.signal));
    beside.push(...(await calls(url, token)));
    stop.abort();
    await Promise.all(reading);
  }
  print('relayed calls', [
    rowOf('without reports', alone),
    rowOf('with two reports at any time', beside),
  ]);
}

/** Milliseconds of one report. */
async function report(url: string, path: string): Promise<number> {
  const started = performance.now();
  const response = await fetch(`${url}${path}`, {
    headers: { authorization: `Bearer ${MASTER_KEY}` },
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${path}: ${String(response.status)} ${text}`);
  return performance.now() - started;
}

async function readReports(url: string, offset: number, stop: AbortSignal): Promise<void> {
  for (let at = offset; !stop.aborted; at += 1) {
    await report(url, REPORTS[at % REPORTS.length] ?? '');
  }
}

/** Milliseconds of each call of a round; calls begin at a fixed rate, however long they take. */
async function calls(url: string, token: string): Promise<number[]> {
  const pending: Promise<number>[] = [];
  for (let count = 0; count < CALLS_PER_SECOND * ROUND_SECONDS; count += 1) {
    pending.push(call(url, token));
    await new Promise((resolve) => setTimeout(resolve, 1000 / CALLS_PER_SECOND));
  }
  return Promise.all(pending);
}

async function call(url: string, token: string): Promise<number> {
  const started = performance.now();
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'hello' }] }),
  });
  await response.text();
  if (response.status !== 200) throw new Error(`a call was ${String(response.status)}`);
  return performance.now() - started;
}

function rowOf(what: string, times: readonly number[]): Row {
  const latencies = new Latencies(times);
  return { what, p50: latencies.at(0.5), p95: latencies.at(0.95), p99: latencies.at(0.99) };
}

function print(title: string, rows: readonly Row[]): void {
  console.log(`\n| ${title} | p50 ms | p95 ms | p99 ms |\n| --- | --: | --: | --: |`);
  for (const { what, p50, p95, p99 } of rows) {
    const cells = [p50, p95, p99].map((ms) => ms.toFixed(1)).join(' | ');
    console.log(`| ${what.replaceAll('|', '/')} | ${cells} |`);
  }
}

function printFilling({ entries, entrySeconds, rollUpSeconds, rollUps }: Filling): void {
  console.log(
    `${String(entries)} entries in ${entrySeconds.toFixed(0)} s; roll-ups built in ${rollUpSeconds.toFixed(0)} s: ${JSON.stringify(rollUps)}`,
  );
}
