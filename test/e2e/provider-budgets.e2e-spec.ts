import { Reconciler, SpendRecorder } from '#libs/spend';
import { Client, type Answer } from '#support/client';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { describeWithPostgres, type PostgresServer } from '#support/postgres';

/** Input costs nothing and a token of output a hundredth of a cent, so that a call of {@link CALL} costs a cent. */
const deployment = (group: string, model: string, url: string): string => `
  - model_name: ${group}
    litellm_params:
      model: ${model}
      api_base: ${url}/v1
      api_key: upstream-secret
      input_cost_per_token: 0
      output_cost_per_token: 0.0001`;
const CALL = { max_tokens: 100 };
/** The estimate of the input of `chat('a')`, two tokens, at the deployment where a token of it costs a tenth of a cent. */
const INPUT_USD = 0.002;

interface Budgets {
  readonly providers: Readonly<Record<string, { readonly spend: number }>>;
}

const suites = (replicas: number, server: (() => PostgresServer) | null): void => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let failing: FakeUpstream;
  let gateways: TestGateway[];

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream({ behaviour: { completionTokens: 100 } });
    failing = await startFakeUpstream({ behaviour: { hang: 'before-head' } });
    const databaseUrl = await server?.().createDatabase();
    const models = [
      deployment('pair', 'openai/first', upstream.url),
      deployment('pair', 'groq/second', upstream.url),
      `${deployment('retried', 'mistral/failing', failing.url).replace('input_cost_per_token: 0', 'input_cost_per_token: 0.001')}
      timeout: 0.2`,
      deployment('retried', 'deepseek/working', upstream.url),
      deployment('closed', 'xai/closed', upstream.url),
      deployment('half', 'xai/closed', upstream.url),
      deployment('half', 'hosted_vllm/open', upstream.url),
    ].join('');
    const around = {
      issuer,
      upstreamUrl: upstream.url,
      models: `${models}
router_settings:
  num_retries: 3
  provider_budget_config:
    openai: { budget_limit: 0.1, time_period: 30d }
    groq: { max_budget: 0.2, budget_duration: 1d }
    mistral: { budget_limit: 1, time_period: 1d }
    deepseek: { budget_limit: 0.05, time_period: 1d }
    xai: { budget_limit: 0, time_period: 1h }`,
      gatehouse: '  budgets: { lease_seconds: 2 }',
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
    };
    gateways = await Promise.all(Array.from({ length: replicas }, () => startGateway(around)));
    await admin().post('/team/new', { team_id: 't' });
  });
  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await Promise.all([upstream.close(), failing.close()]);
    await issuer.stop();
  });

  const admin = (): Client => Client.admin(gateways[0]?.url ?? '');
  const callers = async (): Promise<(index: number) => Client> => {
    const token = await issuer.sign({ sub: 'u', email: 'u@acme.example', team: 't' });
    return (index) => new Client(gateways[index % replicas]?.url ?? '', token);
  };
  const budgetOf = (answer: Answer | undefined): object =>
    (JSON.parse(answer?.text ?? '') as { error: { budget: object } }).error.budget;
  const spent = async (): Promise<Record<string, number>> => {
    for (const { gateway } of gateways) await gateway.app.get(SpendRecorder).flush();
    const { json } = await admin().get<Budgets>('/provider/budgets');
    return Object.fromEntries(Object.entries(json.providers).map(([id, one]) => [id, one.spend]));
  };
  const servedBy = (model: string): number =>
    upstream.records.filter((record) => record.model === model).length;

  it('of 60 calls at once serve as many as the providers of the model bear together, each from its own', async () => {
    const caller = await callers();
    const calls = Array.from({ length: 60 }, (_, at) =>
      caller(at).chat('a', { ...CALL, model: 'pair' }),
    );
    const answers = await Promise.all(calls);
    const statuses = Map.groupBy(answers, ({ status }) => status);
    expect([...statuses.keys()].toSorted()).toEqual([200, 422]);
    expect(statuses.get(200)).toHaveLength(30);
    expect([servedBy('first'), servedBy('second')]).toEqual([10, 20]);
    expect(budgetOf(statuses.get(422)?.[0])).toMatchObject({ scope: 'provider' });
    expect(await spent()).toMatchObject({ openai: 0.1, groq: 0.2 });
    const refused = await caller(0).chat('a', { ...CALL, model: 'pair' });
    expect([refused.status, refused.headers.get('x-should-retry')]).toEqual([422, 'false']);
    const budget = { scope: 'provider', id: 'openai', limit: '0.1', spent: '0.1' };
    expect(budgetOf(refused)).toMatchObject(budget);
    const explained = await admin().post<object>('/auth/explain', {
      token: await issuer.sign({ sub: 'u', email: 'u@acme.example', team: 't' }),
      model: 'pair',
    });
    expect(explained.json).toMatchObject({ status: 422, reason: 'budget_exceeded' });
  });

  it('count a retry at the provider that served it, and the failure at its own', async () => {
    const caller = await callers();
    const calls = Array.from({ length: 8 }, (_, at) =>
      caller(at).chat('a', { ...CALL, model: 'retried' }),
    );
    const answers = await Promise.all(calls);
    const served = answers.filter(({ status }) => status === 200);
    expect(served).toHaveLength(5);
    expect(servedBy('working')).toBe(5);
    const { mistral = 0, deepseek } = await spent();
    expect(deepseek).toBe(0.05);
    // What does not answer may be billed: the estimate of the input, a token of `a` and those of the role.
    expect(mistral).toBeCloseTo(failing.records.length * INPUT_USD, 9);
  });

  it('leave a deployment out whose provider cannot bear the call, and write nothing for a call that none can', async () => {
    const caller = await callers();
    const half = await caller(0).chat('a', { ...CALL, model: 'half' });
    expect(half.status).toBe(200);
    expect(servedBy('open')).toBe(1);
    const token = await issuer.sign({ sub: 'new-user', email: 'n@acme.example', team: 't' });
    const closed = await new Client(gateways[0]?.url ?? '', token).chat('a', {
      ...CALL,
      model: 'closed',
    });
    expect(closed.status).toBe(422);
    expect(budgetOf(closed)).toMatchObject({ scope: 'provider', id: 'xai', limit: '0' });
    expect((await admin().get('/user/info?user_id=new-user')).status).toBe(404);
  });

  it('are shown in LiteLLM’s shape to administrators alone, and add up to the entries', async () => {
    const { json } = await admin().get<Budgets>('/provider/budgets');
    expect(json.providers['groq']).toEqual({
      budget_limit: 0.2,
      time_period: '1d',
      spend: 0.2,
      budget_reset_at: expect.stringMatching(/T00:00:00\.000Z$/),
    });
    expect((await (await callers())(0).get('/provider/budgets')).status).toBe(403);
    for (const { gateway } of gateways) await gateway.app.get(SpendRecorder).flush();
    await eventually(async () => {
      const found = await gateways[0]?.gateway.app.get(Reconciler).run();
      expect(found?.differences).toEqual([]);
    });
  });
};

describe('Budgets of providers with an embedded database', () => {
  suites(1, null);
});

describeWithPostgres('Budgets of providers with two replicas', (server) => {
  suites(2, server);
});
