import pg from 'pg';
import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { MASTER_KEY } from '#support/gateway';
import { freePort } from '#support/free-port';
import { documentsOf } from '#support/page-output';
import {
  beginBlocks,
  blocksOf,
  blockWith,
  runBlocks,
  shownOf,
  skippedOf,
  type RunningScript,
  type ScriptEnd,
} from '#support/page-scripts';
import { describeWithPostgres } from '#support/postgres';

jest.setTimeout(180_000);

const REPLICAS = 'docs/how-to/run-on-postgresql-with-replicas.md';
const BOOKS = 'docs/how-to/read-the-books.md';
const PASSWORD = '0123456789abcdef0123456789abcdef';
const START_MS = 120_000;

describeWithPostgres('the commands of the pages about the database, word for word', (server) => {
  let upstream: FakeUpstream;
  let env: Readonly<Record<string, string>>;
  let files: Readonly<Record<string, string>>;
  const ran = new Set<string>();
  const started: RunningScript[] = [];

  const block = (page: string, text: string) => {
    const found = blockWith(page, text);
    ran.add(found.script);
    return found;
  };
  const run = (page: string, text: string): Promise<ScriptEnd> =>
    runBlocks([block(page, text)], env, files);
  /** Starts a replica with the block of the page that holds a text, and waits until it listens. */
  const start = async (text: string): Promise<void> => {
    const replica = beginBlocks([block(REPLICAS, text)], env, files);
    started.push(replica);
    await eventually(() => {
      expect(replica.output()).toContain('"listening"');
    }, START_MS);
  };

  beforeAll(async () => {
    upstream = await startFakeUpstream();
    const [first, second] = [await freePort(), await freePort()];
    files = {
      'config.yaml': `model_list:
  - model_name: gpt-4o
    litellm_params: { model: openai/gpt-4o, api_base: ${upstream.url}/v1, api_key: upstream-secret }
    model_info: { base_model: gpt-4o }
`,
    };
    env = {
      DB_SERVER: new URL(server().url).host,
      GATEHOUSE_DB_PASSWORD: PASSWORD,
      LITELLM_MASTER_KEY: MASTER_KEY,
      PORT: first,
      GATEHOUSE: `http://127.0.0.1:${first}`,
      REPLICA_PORT: second,
      ADMIN_TOKEN: MASTER_KEY,
      DATABASE_URL: `postgresql://gatehouse:${PASSWORD}@${new URL(server().url).host}/gatehouse`,
    };
  });

  afterAll(async () => {
    await Promise.all(started.map((one) => one.interrupt()));
    await upstream.close();
  });

  it(`holds for ${REPLICAS}: the user and the database are made, and the schema`, async () => {
    const made = await run(REPLICAS, 'CREATE ROLE');
    expect([made.code, made.output]).toEqual([0, 'CREATE ROLE\nCREATE DATABASE\n']);
    const migrated = await run(REPLICAS, '-- migrate');
    expect([migrated.code, migrated.output]).toEqual([0, expect.stringContaining('migrat')]);
  });

  it(`holds for ${REPLICAS}: two replicas start and are ready`, async () => {
    await start('npm start -- --config config.yaml\n');
    await eventually(async () => {
      const { output } = await run(REPLICAS, 'curl "$GATEHOUSE/health/readiness"');
      expect(documentsOf(output)).toEqual([
        expect.objectContaining({ status: 'healthy', db: 'connected' }),
      ]);
    }, 10_000);
    await start('--port "$REPLICA_PORT"');
  });

  it(`holds for ${REPLICAS}: a key that the first replica blocks is refused by the second`, async () => {
    const { code, output } = await run(REPLICAS, 'export REPLICA=');
    const [ready, key, models, blocked, refused, deleted] = documentsOf(output);
    expect(code).toBe(0);
    expect(ready).toMatchObject({ status: 'healthy', db: 'connected' });
    expect(key).toMatchObject({ key: 'sk-try-two-replicas' });
    expect(models).toMatchObject({ data: [{ id: 'gpt-4o' }] });
    expect(blocked).toMatchObject({ blocked: true });
    expect(refused).toMatchObject({ error: { code: '401', reason: 'key_blocked' } });
    expect(deleted).not.toHaveProperty('error');
  });

  it(`holds for ${BOOKS}: the statements find what was spent, and the books agree`, async () => {
    const admin = Client.admin(env['GATEHOUSE'] ?? '');
    await admin.post('/team/new', { team_id: 'research' });
    await admin.post('/user/new', { user_id: 'alice' });
    const made = await admin.post<{ readonly key: string }>('/key/generate', {
      team_id: 'research',
      user_id: 'alice',
    });
    const caller = new Client(admin.url, made.json.key);
    expect((await caller.chat('hello', { model: 'gpt-4o', user: 'visitor' })).status).toBe(200);
    await eventually(async () => {
      const [byTeam, byEndUser, others] = await statements();
      expect(byTeam).toEqual([expect.objectContaining({ team_id: 'research', requests: '1' })]);
      expect(Number(byTeam?.[0]?.['usd'])).toBeGreaterThan(0);
      expect(byEndUser).toEqual([expect.objectContaining({ id: 'visitor' })]);
      expect(others).toEqual([]);
    });
    const shown = await run(BOOKS, '/team/info');
    expect([shown.code, shown.output]).toEqual([0, expect.stringMatching(/"cost_usd":"0\.\d+"/)]);
    const proof = await run(BOOKS, 'reconcile');
    expect([proof.code, proof.output]).toEqual([0, expect.stringContaining('"differences": []')]);
  });

  it(`holds for ${REPLICAS}: both replicas end cleanly on Ctrl+C`, async () => {
    const ends = await Promise.all(started.map((one) => one.interrupt()));
    for (const { output } of ends) expect(output).toContain('"message":"stopped"');
  });

  it('has run every block by now that is not left out below', () => {
    const all = [REPLICAS, BOOKS].flatMap(blocksOf);
    expect(all.filter((one) => one.skipped === null && !ran.has(one.script))).toEqual([]);
  });

  for (const title of skippedOf([REPLICAS, BOOKS])) it.skip(title, () => undefined);

  /** The rows of each statement that the page shows, as the user of the gateway. */
  async function statements(): Promise<readonly (readonly Record<string, unknown>[])[]> {
    const client = new pg.Client({ connectionString: env['DATABASE_URL'] });
    await client.connect();
    try {
      const results: unknown = await client.query(shownOf(BOOKS, 'sql').join('\n'));
      return (results as pg.QueryResult<Record<string, unknown>>[]).map(({ rows }) => rows);
    } finally {
      await client.end();
    }
  }
});
