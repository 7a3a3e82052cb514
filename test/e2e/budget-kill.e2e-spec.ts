import { Client, type Answer } from '#support/client';
import { describeOnEachDatabase } from '#support/each-database';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { GatewayProcess, runGatehouse, temporaryDirectory } from '#support/gateway-process';
import { TestIssuer } from '#support/issuer';
import { describeWithPostgres } from '#support/postgres';
import { describeWithRedis } from '#support/redis';
import { soakOr } from '#support/soak';

jest.setTimeout(400_000);

const KILLS = soakOr(1, 3);
const CLIENTS = 12;
/** Calls that run when the process is killed never end by themselves. */
const HANGING = 5;
/** US dollars and tokens: a token of output costs a hundredth of a cent, input nothing. */
const CAP = 100;
const TOKENS = 10_000;

interface Refusal {
  readonly error: { readonly budget: Readonly<Record<'spent' | 'held' | 'set_aside', string>> };
}

const suites = (
  freshDatabase: () => Promise<string | undefined>,
  redisUrl: () => string | null = () => null,
): void => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let databaseUrl: string | undefined;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream({ behaviour: { completionTokens: 100, delayMs: 2 } });
    directory = await temporaryDirectory();
    databaseUrl = await freshDatabase();
  });
  afterAll(async () => {
    await upstream.close();
    await issuer.stop();
    directory.remove();
  });

  const start = async (): Promise<GatewayProcess> => {
    const url = redisUrl();
    const gateway = await GatewayProcess.start({
      issuer,
      upstreamUrl: upstream.url,
      dataDir: directory.path,
      ...(url === null ? {} : { env: { REDIS_URL: url } }),
      gatehouse: '  budgets: { lease_seconds: 2 }\n',
      models: `
  - model_name: test-model
    litellm_params:
      model: openai/test-model
      api_base: ${upstream.url}/v1
      api_key: upstream-secret
      input_cost_per_token: 0
      output_cost_per_token: 0.0001`,
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
    });
    await eventually(async () => {
      expect((await new Client(gateway.url, null).get('/health/readiness')).status).toBe(200);
    }, 30_000);
    return gateway;
  };
  /** Keeps a gateway busy and kills it in the middle. */
  const killUnderLoad = async (gateway: GatewayProcess, key: string): Promise<void> => {
    const client = new Client(gateway.url, key);
    const hanging = Array.from({ length: HANGING }, () =>
      client
        .chat('for ever', {
          ...{ max_tokens: 2_000, stream: true },
          ...upstream.behaviour({ hang: 'after-first-chunk', completionTokens: 0 }),
        })
        .catch(() => null),
    );
    const goal = upstream.records.length + 60;
    let isKilled = false;
    const load = Array.from({ length: CLIENTS }, async (_, index) => {
      while (!isKilled)
        await client
          .chat('under load', { max_tokens: 100, stream: index % 2 === 0 })
          .catch(() => null);
    });
    await eventually(() => {
      expect(upstream.records.length).toBeGreaterThan(goal);
      expect(upstream.records.filter(({ state }) => state === 'running').length).toBeGreaterThan(
        HANGING,
      );
    }, 60_000);
    await gateway.kill();
    isKilled = true;
    await Promise.all([...load, ...hanging]);
  };
  /** What the budget of a key says to a call that it can never bear. */
  const budgetOf = async (client: Client): Promise<{ spent: number; held: number }> => {
    const { status, json }: Answer = await client.chat('hello', { max_tokens: CAP * TOKENS + 1 });
    expect(status).toBe(422);
    const { spent, held, set_aside: leased } = (json as unknown as Refusal).error.budget;
    return { spent: Number(spent), held: Number(held) + Number(leased) };
  };

  it(`${String(KILLS)} times leaves nothing held behind the leases, and the rest of the budget to the next process`, async () => {
    let gateway = await start();
    const { json: made } = await Client.admin(gateway.url).post<{ key: string }>('/key/generate', {
      max_budget: CAP,
    });
    for (let round = 0; round < KILLS; round += 1) {
      await killUnderLoad(gateway, made.key);
      gateway = await start();
      const client = new Client(gateway.url, made.key);
      const sum = await eventually(async () => {
        const info = await Client.admin(gateway.url).get<{ info: { spend: number } }>(
          `/key/info?key=${made.key}`,
        );
        const { spent, held } = await budgetOf(client);
        expect([held, spent]).toEqual([0, info.json.info.spend]);
        return spent;
      }, 30_000);
      expect(sum).toBeGreaterThan(0);
    }
    const client = new Client(gateway.url, made.key);
    const { spent } = await budgetOf(client);
    const left = Math.round((CAP - spent) * TOKENS);
    const whole = { max_tokens: left, ...upstream.behaviour({ completionTokens: left }) };
    const { status, json } = await client.chat('hello', whole);
    expect({ status, error: json.error }).toEqual({ status: 200, error: undefined });
    expect((await client.chat('hello', { max_tokens: 1 })).status).toBe(422);
    await gateway.stop();
    const audit = await runGatehouse(['reconcile', '--config', gateway.configFile], {
      JWT_PUBLIC_KEY_URL: issuer.jwksUrl,
    });
    expect({ code: audit.code, stderr: audit.stderr }).toEqual({ code: 0, stderr: '' });
  });
};

describeOnEachDatabase('kill -9 under load with budgets', suites);

describeWithRedis('kill -9 under load with budgets and Redis', (redis) => {
  describeWithPostgres('on PostgreSQL', (postgres) => {
    suites(
      () => postgres().createDatabase(),
      () => redis().url,
    );
  });
});
