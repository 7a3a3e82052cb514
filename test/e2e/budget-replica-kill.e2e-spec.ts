import pg from 'pg';
import type { ReconcileReport } from '#libs/spend';
import { Client, type Answer } from '#support/client';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { GatewayProcess, runGatehouse, temporaryDirectory } from '#support/gateway-process';
import { TestIssuer } from '#support/issuer';
import { describeWithPostgres } from '#support/postgres';
import { describeWithRedis } from '#support/redis';

jest.setTimeout(240_000);

/** Calls that run when the process is killed and never end. */
const HANGING = 3;
/** Calls that end right before: their ends are in the journal of the process alone. */
const ENDING = 3;
const CLIENTS = 4;
/** US dollars and tokens: a token of output costs a hundredth of a cent, input nothing. */
const CAP = 5;
const TOKENS = 10_000;
/** A lease of two seconds, the rounds of the others, six seconds for a pool, and a slow machine. */
const GONE_MS = 40_000;

/** What counts against the cap, and what the database knows of calls, in one snapshot. */
const SAMPLE = `SELECT w.spent_usd::float AS spent,
    coalesce((SELECT sum(greatest(l.amount_usd, 0)) FROM budget_leases l
      WHERE (l.scope, l.id, l.window_start) = (w.scope, w.id, w.window_start)), 0)::float AS held,
    (SELECT sum(CASE WHEN e.state = 'reserved' THEN least(e.expected_usd, e.reserved_usd) ELSE e.cost_usd END)
      FROM spend_entries e WHERE e.key_id = w.id)::float AS known,
    (SELECT count(*)::int FROM spend_entries e WHERE e.key_id = w.id AND e.state = 'reserved') AS open
  FROM budget_windows w WHERE w.id = $1`;

interface Sample {
  readonly spent: number;
  readonly held: number;
  readonly known: number;
  readonly open: number;
}

const suites = (redisUrl: () => string | null, freshDatabase: () => Promise<string>): void => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let databaseUrl: string;
  let database: pg.Client;
  let directories: Awaited<ReturnType<typeof temporaryDirectory>>[];
  let survivor: GatewayProcess;
  let other: GatewayProcess;

  const start = async (index: number): Promise<GatewayProcess> => {
    const url = redisUrl();
    const gateway = await GatewayProcess.start({
      ...{ issuer, databaseUrl, upstreamUrl: upstream.url },
      dataDir: directories[index]?.path ?? '',
      gatehouse: '  budgets: { lease_seconds: 2 }\n',
      ...(url === null ? {} : { env: { REDIS_URL: url } }),
      models: `
  - model_name: test-model
    litellm_params:
      model: openai/test-model
      api_base: ${upstream.url}/v1
      api_key: upstream-secret
      input_cost_per_token: 0
      output_cost_per_token: 0.0001`,
    });
    await eventually(async () => {
      expect((await new Client(gateway.url, null).get('/health/readiness')).status).toBe(200);
    }, 60_000);
    return gateway;
  };

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream({ behaviour: { completionTokens: 100, delayMs: 2 } });
    directories = [await temporaryDirectory(), await temporaryDirectory()];
    databaseUrl = await freshDatabase();
    survivor = await start(0);
    other = await start(1);
    database = new pg.Client({ connectionString: databaseUrl });
    await database.connect();
  }, 200_000);
  afterAll(async () => {
    await Promise.all([survivor.stop(), other.stop(), database.end()]);
    await upstream.close();
    await issuer.stop();
    for (const directory of directories) directory.remove();
  });

  const makeKey = async (): Promise<{ key: string; token: string }> => {
    const { json } = await Client.admin(survivor.url).post<{ key: string; token: string }>(
      '/key/generate',
      { max_budget: CAP },
    );
    return json;
  };
  const sampleOf = async (token: string): Promise<Sample> => {
    const { rows } = await database.query<Sample>(SAMPLE, [token]);
    const [row] = rows;
    if (row === undefined) throw new Error('no window');
    return row;
  };
  /** Samples that the books do not allow. */
  const isWrong = ({ spent, held, known }: Sample): boolean =>
    spent + held < known - 1e-9 || spent + held > CAP + 1e-9;
  const settledOf = async (token: string): Promise<Record<string, unknown>[]> => {
    const { rows } = await database.query<Record<string, unknown>>(
      `SELECT state, sweep_reason AS reason, cost_usd::float AS cost, output_tokens::int AS output, request_id AS id
        FROM spend_entries WHERE key_id = $1 ORDER BY started_at`,
      [token],
    );
    return rows;
  };
  /** A stream of 60 tokens, thus of 0.6 cents, of which 3 cents are expected. */
  const slowly = (): object => ({
    ...{ max_tokens: 300, stream: true },
    ...upstream.behaviour({ chunks: 20, delayMs: 100, completionTokens: 60 }),
  });
  const reconciled = async (): Promise<ReconcileReport> => {
    const audit = await runGatehouse(['reconcile', '--config', survivor.configFile], {
      JWT_PUBLIC_KEY_URL: issuer.jwksUrl,
      DATABASE_URL: databaseUrl,
    });
    expect({ code: audit.code, stderr: audit.stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(audit.stdout) as ReconcileReport;
  };
  const expectAllOver = async (token: string): Promise<Sample> =>
    eventually(async () => {
      const sample = await sampleOf(token);
      expect([sample.open, sample.held]).toEqual([0, 0]);
      expect(sample.spent).toBeCloseTo(sample.known, 10);
      return sample;
    }, GONE_MS);

  it('the calls of a killed replica are booked by the other when its lease ends, and exactly when it comes back', async () => {
    const { key, token } = await makeKey();
    const client = new Client(other.url, key);
    const hang = upstream.behaviour({ hang: 'after-first-chunk', completionTokens: 0 });
    const hanging = Array.from({ length: HANGING }, () =>
      client.chat('for ever', { max_tokens: 2_000, stream: true, ...hang }).catch(() => null),
    );
    const ending = Array.from({ length: ENDING }, () => client.chat('in time', slowly()));
    await eventually(async () => {
      expect((await sampleOf(token)).open).toBe(HANGING + ENDING);
    }, 30_000);
    const acknowledged: Answer[] = [];
    let isKilled = false;
    const load = Array.from({ length: CLIENTS }, async () => {
      while (!isKilled) {
        const answer = await client.chat('under load', { max_tokens: 100 }).catch(() => null);
        if (answer?.status === 200) acknowledged.push(answer);
      }
    });
    acknowledged.push(...(await Promise.all(ending)));
    await other.kill();
    isKilled = true;
    await Promise.all([...load, ...hanging]);
    const samples: Sample[] = [];
    await eventually(async () => {
      const sample = await sampleOf(token);
      samples.push(sample);
      expect([sample.open, sample.held]).toEqual([0, 0]);
    }, GONE_MS);
    expect(samples[0]?.open).toBeGreaterThanOrEqual(HANGING);
    expect(samples.filter(isWrong)).toEqual([]);
    expect(samples.at(-1)?.spent).toBeCloseTo(samples.at(-1)?.known ?? 0, 10);
    const assumed = (await settledOf(token)).filter(({ reason }) => reason === 'lease_ended');
    expect(assumed.length).toBeGreaterThanOrEqual(HANGING);
    expect(assumed.slice(0, HANGING)).toMatchObject(
      Array(HANGING).fill({ state: 'estimated', cost: 0.0256, output: 256 }),
    );
    await reconciled();

    other = await start(1);
    const exact = await eventually(async () => {
      const entries = await settledOf(token);
      const ids = entries.filter(({ state }) => state === 'settled').map(({ id }) => id);
      const missing = acknowledged.filter(
        ({ headers }) => !ids.includes(headers.get('x-request-id')),
      );
      expect(missing).toEqual([]);
      return entries;
    }, GONE_MS);
    const ends = exact.filter(({ cost }) => cost === 0.006);
    expect(ends).toHaveLength(ENDING);
    const { spent } = await expectAllOver(token);
    expect((await reconciled()).assumedEnds.entries.map(({ reason }) => reason)).toContain(
      'lease_ended',
    );
    const left = Math.round((CAP - spent) * TOKENS);
    const whole = { max_tokens: left, ...upstream.behaviour({ completionTokens: left }) };
    const rest = new Client(survivor.url, key);
    expect((await rest.chat('hello', whole)).status).toBe(200);
    expect((await rest.chat('hello', { max_tokens: 1 })).status).toBe(422);
  });

  it('a replica that was held up for longer than its lease ends its calls, and the books are exact', async () => {
    const { key, token } = await makeKey();
    const client = new Client(other.url, key);
    const calls = Array.from({ length: ENDING }, () => client.chat('held up', slowly()));
    await eventually(async () => {
      expect((await sampleOf(token)).open).toBe(ENDING);
    }, 30_000);
    other.signal('SIGSTOP');
    const assumed = await expectAllOver(token).finally(() => {
      other.signal('SIGCONT');
    });
    expect(assumed.spent).toBeCloseTo(ENDING * 0.0256, 10);
    for (const answer of await Promise.all(calls)) expect(answer.text).toMatch(/\[DONE\]\n\n$/);
    await eventually(async () => {
      expect(await settledOf(token)).toMatchObject(
        Array(ENDING).fill({ state: 'settled', cost: 0.006, output: 60 }),
      );
    }, GONE_MS);
    expect((await expectAllOver(token)).spent).toBeCloseTo(ENDING * 0.006, 10);
    await reconciled();
  });
};

describeWithPostgres('Of two replicas on PostgreSQL', (postgres) => {
  // Its hooks end before the server does.
  describe('one goes away', () => {
    suites(
      () => null,
      () => postgres().createDatabase(),
    );
  });
});

describeWithRedis('Of two replicas with Redis', (redis) => {
  describeWithPostgres('and PostgreSQL', (postgres) => {
    describe('one goes away', () => {
      suites(
        () => redis().url,
        () => postgres().createDatabase(),
      );
    });
  });
});
