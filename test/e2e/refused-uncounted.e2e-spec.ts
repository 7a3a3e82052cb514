import { randomUUID } from 'node:crypto';
import { Client, type Answer } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { describeWithPostgres, type PostgresServer } from '#support/postgres';
import { describeWithRedis, type RedisServer } from '#support/redis';

type Json = Record<string, unknown>;

/** A call of {@link CALL} costs 0.3 dollars and counts 301 tokens or a few more. */
const deployment = (group: string, model: string, url: string, limits = ''): string => `
  - model_name: ${group}
    litellm_params:
      model: ${model}
      api_base: ${url}/v1
      api_key: upstream-secret
      input_cost_per_token: 0
      output_cost_per_token: 0.001
${limits}`;
const CALL = { max_tokens: 300 };
/** For four calls. */
const FOUR = 1.2;
const CALLS = 20;

const suites = (
  replicas: number,
  server: (() => PostgresServer) | null,
  redis: (() => RedisServer) | null = null,
): void => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateways: TestGateway[];

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream({ behaviour: { completionTokens: 300 } });
    const { url } = upstream;
    const databaseUrl = await server?.().createDatabase();
    const models = [
      deployment('open', 'openai/open', url),
      deployment('three', 'openai/three', url, '      rpm: 3'),
      deployment('budgeted', 'groq/budgeted', url, '      rpm: 15'),
    ].join('');
    const redisLine = redis === null ? '' : `  redis: { url: "${redis().url}" }\n`;
    const around = {
      ...{ issuer, upstreamUrl: url },
      models: `${models}
router_settings:
  num_retries: 0
  optional_pre_call_checks: [enforce_model_rate_limits]
  provider_budget_config: { groq: { budget_limit: ${String(FOUR)}, time_period: 30d } }`,
      gatehouse: redisLine,
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
    };
    gateways = await Promise.all(Array.from({ length: replicas }, () => startGateway(around)));
  });
  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await upstream.close();
    await issuer.stop();
  });

  const post = async (path: string, body: Json): Promise<Json> => {
    const { status, json } = await Client.admin(gateways[0]?.url ?? '').post<Json>(path, body);
    expect({ path, status, error: json['error'] }).toEqual({ path, status: 200, error: undefined });
    return json;
  };
  const newKey = async (body: Json): Promise<string> =>
    String((await post('/key/generate', body))['key']);
  /** The clients of a key, one for each replica. */
  const clientsOf = (key: string): Client[] => gateways.map(({ url }) => new Client(url, key));
  const burst = (key: string, count: number, body: Json = {}): Promise<Answer[]> => {
    const clients = clientsOf(key);
    return Promise.all(
      Array.from({ length: count }, (_, index) => clients[index % clients.length]).map((client) =>
        (client ?? new Client('', null)).chat('a', { model: 'open', ...CALL, ...body }),
      ),
    );
  };
  /** Counts responses by status, and refusals by status and the scope that refuses. */
  const counted = (answers: readonly Answer[]): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const { status, text } of answers) {
      const { error = {} } = JSON.parse(text) as {
        error?: { budget?: { scope: string }; rate_limit?: { scope: string } };
      };
      const scope = error.budget?.scope ?? error.rate_limit?.scope;
      const name = scope === undefined ? String(status) : `${String(status)} ${scope}`;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  };

  it.each([
    ['rpm_limit', { rpm_limit: 15 }],
    ['tpm_limit', { tpm_limit: 15 * 310 }],
    ['max_parallel_requests', { max_parallel_requests: 15 }],
    ['model_rpm_limit', { model_rpm_limit: { open: 15 } }],
    ['model_tpm_limit', { model_tpm_limit: { open: 15 * 310 } }],
  ])('a call that a budget refuses takes nothing of %s meanwhile', async (_, limit) => {
    const key = await newKey({ max_budget: FOUR, ...limit });
    const slow = upstream.behaviour({ completionTokens: 300, delayMs: 300 });
    expect(counted(await burst(key, CALLS, slow))).toEqual({ 200: 4, '422 key': 16 });
  });

  it('a call that the budget of a team refuses takes nothing of the limits of its other subjects', async () => {
    const { organization_id } = await post('/organization/new', {
      organization_alias: randomUUID(),
      rpm_limit: 15,
    });
    const { team_id } = await post('/team/new', { organization_id, max_budget: FOUR });
    const { user_id } = await post('/user/new', { auto_create_key: false, rpm_limit: 15 });
    const member = { role: 'user', user_id };
    await post('/team/member_add', { team_id, member, rpm_limit: 15 });
    const user = randomUUID();
    await post('/customer/new', { user_id: user, rpm_limit: 15 });
    const tag = randomUUID();
    await post('/tag/new', { name: tag, rpm_limit: 15 });
    const key = await newKey({ team_id, user_id });
    const answers = await burst(key, CALLS, { user, tags: [tag] });
    expect(counted(answers)).toEqual({ 200: 4, '422 team': 16 });
  });

  it('a call that a rate limit refuses keeps no other from the money that is left', async () => {
    const { team_id } = await post('/team/new', { max_budget: FOUR });
    const [limited, free] = [await newKey({ team_id, rpm_limit: 2 }), await newKey({ team_id })];
    const [refused, served] = await Promise.all([burst(limited, CALLS), burst(free, 2)]);
    // A call waits a quarter of a second for what another replica holds for undecided calls. Where a rate limit takes longer it
    // is refused, and finds the money when it comes again.
    const servedOf = async (key: string, answers: readonly Answer[]): Promise<number> => {
      let count = answers.filter(({ status }) => status === 200).length;
      for (let round = 0; replicas > 1 && count < 2 && round < 5; round += 1)
        count += (await burst(key, 2 - count)).filter(({ status }) => status === 200).length;
      return count;
    };
    expect([await servedOf(free, served), await servedOf(limited, refused)]).toEqual([2, 2]);
    // Now both limits are full, and in replicas either may be the one that refuses.
    const last = await clientsOf(limited)[0]?.chat('a', { model: 'open', ...CALL });
    expect(replicas === 1 ? [429] : [422, 429]).toContain(last?.status);
  });

  it('a call that its deployment refuses takes nothing of the limits of its caller', async () => {
    const key = await newKey({ rpm_limit: 15, max_budget: 100 });
    const answers = await burst(key, CALLS, { model: 'three' });
    expect(counted(answers)).toEqual({ 200: 3, '429 deployment': 17 });
    expect(counted(await burst(key, 13))).toEqual({ 200: 12, '429 key': 1 });
  });

  it('a call that the budget of a provider refuses takes nothing of its deployment and of its caller', async () => {
    const key = await newKey({ rpm_limit: 15 });
    const slow = upstream.behaviour({ completionTokens: 300, delayMs: 300 });
    const answers = await burst(key, CALLS, { model: 'budgeted', ...slow });
    expect(counted(answers)).toEqual({ 200: 4, '422 provider': 16 });
    expect(counted(await burst(key, 12))).toEqual({ 200: 11, '429 key': 1 });
  });
};

describe('requests that a limit refuses', () => {
  describe('in one process', () => {
    suites(1, null);
  });
  describeWithPostgres('in two replicas on PostgreSQL', (server) => {
    suites(2, server);
  });
  describeWithRedis('in two replicas on Redis', (redis) => {
    describeWithPostgres('and PostgreSQL', (server) => {
      suites(2, server, redis);
    });
  });
});
