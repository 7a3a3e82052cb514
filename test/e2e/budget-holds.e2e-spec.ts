import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { Client } from '#support/client';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { describeWithPostgres, type PostgresServer } from '#support/postgres';
import { eventually } from '#support/eventually';
import { Reconciler } from '#libs/spend';
import { Database } from '#libs/database';

/** The price of the input is 0, so that a call with a bound of 100 tokens that has them costs a cent. */
const models = (url: string): string => `
  - model_name: test-model
    litellm_params:
      model: openai/test-model
      api_base: ${url}/v1
      api_key: upstream-secret
      input_cost_per_token: 0
      output_cost_per_token: 0.0001`;
const CALL = { max_tokens: 100 };

interface BudgetRefusal {
  readonly error: {
    readonly reason: string;
    readonly code: string;
    readonly budget: Readonly<Record<string, unknown>>;
  };
}

const suites = (replicas: number, server: (() => PostgresServer) | null): void => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateways: TestGateway[];

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream({ behaviour: { completionTokens: 100 } });
    const databaseUrl = await server?.().createDatabase();
    const around = {
      issuer,
      upstreamUrl: upstream.url,
      models: models(upstream.url),
      gatehouse: '  budgets: { lease_seconds: 2 }',
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
    };
    gateways = await Promise.all(Array.from({ length: replicas }, () => startGateway(around)));
  });
  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await upstream.close();
    await issuer.stop();
  });

  const admin = (): Client => Client.admin(gateways[0]?.url ?? '');
  const usedOf = async (id: string): Promise<number[]> => {
    const rows = await gateways[0]?.gateway.app
      .get(Database)
      .read<{ spent: string; held: string }[]>((manager) =>
        manager.query(
          `SELECT w.spent_usd AS spent, coalesce((SELECT sum(greatest(l.amount_usd, 0)) FROM budget_leases l
            WHERE (l.scope, l.id, l.window_start) = (w.scope, w.id, w.window_start)), 0) AS held
          FROM budget_windows w WHERE w.id = $1`,
          [id],
        ),
      );
    return (rows ?? []).flatMap(({ spent, held }) => [Number(spent), Number(held)]);
  };

  it('of 500 calls at once, a budget for 100 serves exactly 100, and is never exceeded meanwhile', async () => {
    const { json: key } = await admin().post<{ key: string; token: string }>('/key/generate', {
      max_budget: 1,
    });
    const samples: number[] = [];
    const ending = new AbortController();
    const sampling = (async () => {
      while (!ending.signal.aborted) {
        const [spent = 0, heldUsd = 0] = await usedOf(key.token);
        samples.push(spent + heldUsd);
      }
    })();
    const calls = await Promise.all(
      Array.from({ length: 500 }, (_, index) =>
        new Client(gateways[index % replicas]?.url ?? '', key.key).chat('hello', CALL),
      ),
    );
    ending.abort();
    await sampling;
    const statuses = Map.groupBy(calls, ({ status }) => status);
    expect([...statuses.keys()].toSorted()).toEqual([200, 422]);
    expect(statuses.get(200)).toHaveLength(100);
    expect(upstream.records).toHaveLength(100);
    expect(Math.max(...samples)).toBeLessThanOrEqual(1);
    const refusal = statuses.get(422)?.[0];
    expect(refusal?.headers.get('x-should-retry')).toBe('false');
    expect(refusal?.headers.get('retry-after')).toBeNull();
    expect((refusal?.json as unknown as BudgetRefusal).error).toMatchObject({
      reason: 'budget_exceeded',
      type: 'budget_exceeded',
      code: '422',
      budget: { scope: 'key', id: key.token, limit: '1', resets_at: null },
    });
    for (const { gateway } of gateways) {
      expect((await gateway.app.get(Reconciler).run()).differences).toEqual([]);
    }
    expect((await usedOf(key.token))[0]).toBe(1);
    await eventually(async () => {
      expect(await usedOf(key.token)).toEqual([1, 0]);
    });
  });

  it('routes that spend nothing go on, and calls go on when the budget is raised', async () => {
    const { json: key } = await admin().post<{ key: string; token: string }>('/key/generate', {
      max_budget: 0.02,
    });
    const client = new Client(gateways[0]?.url ?? '', key.key);
    expect((await client.chat('hello', CALL)).status).toBe(200);
    expect((await client.chat('hello', CALL)).status).toBe(200);
    expect((await client.chat('hello', CALL)).status).toBe(422);
    expect((await client.get('/v1/models')).status).toBe(200);
    expect((await client.get('/key/info')).status).toBe(200);
    await admin().post('/key/update', { key: key.key, max_budget: 0.03 });
    expect((await client.chat('hello', CALL)).status).toBe(200);
    const refused = await client.chat('hello', CALL);
    expect(refused.status).toBe(422);
    const id = refused.headers.get('x-gatehouse-decision-id') ?? '';
    const decision = await admin().get(`/decisions/${id}`);
    expect(decision.json).toMatchObject({
      status: 422,
      reason: 'budget_exceeded',
      remaining_budgets: [{ scope: 'key', id: key.token, remaining_usd: '0.000000000000' }],
    });
  });

  it('calls that fail leave nothing held', async () => {
    const { json: key } = await admin().post<{ key: string; token: string }>('/key/generate', {
      max_budget: 0.05,
    });
    const client = new Client(gateways[0]?.url ?? '', key.key);
    for (let round = 0; round < 10; round += 1) {
      const failing = { ...CALL, ...upstream.behaviour({ status: 400 }) };
      const calls = Array.from({ length: 5 }, () => client.chat('hello', failing));
      expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(Array(5).fill(400));
    }
    const calls = await Promise.all(Array.from({ length: 5 }, () => client.chat('hello', CALL)));
    expect(calls.map(({ status }) => status)).toEqual(Array(5).fill(200));
  });
};

describe('Budgets of a gateway with an embedded database', () => {
  suites(1, null);
});

describeWithPostgres('Budgets of two replicas', (server) => {
  suites(2, server);
});
