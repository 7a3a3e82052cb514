import { Client, type Answer } from '#support/client';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

interface Refused {
  readonly error: { readonly reason: string; readonly rate_limit: object };
}

const deployment = (group: string, id: string, url: string, limits: string): string => `
  - model_name: ${group}
    litellm_params: { model: openai/${id}, api_base: "${url}/v1", api_key: k, ${limits} }
    model_info: { id: ${id} }`;

describe('limits of deployments', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let client: Client;
  let token: string;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    const { url } = upstream;
    const models = [
      deployment('pair', 'small', url, 'rpm: 3, weight: 1'),
      deployment('pair', 'large', url, 'rpm: 5, weight: 1'),
      deployment('tokens', 'few', url, 'tpm: 1000'),
      deployment('tokens-open', 'few-2', url, 'tpm: 100, weight: 1'),
      deployment('tokens-open', 'open', url, 'weight: 0'),
      deployment('slots', 'narrow', url, 'max_parallel_requests: 1'),
    ].join('');
    gateway = await startGateway({
      issuer,
      upstreamUrl: url,
      models: `${models}
router_settings: { num_retries: 0, optional_pre_call_checks: [enforce_model_rate_limits] }`,
      gatehouse: '  spend: { client_abort: cancel }\n',
    });
    await Client.admin(gateway.url).post('/team/new', { team_id: 't' });
    token = await issuer.sign({ sub: 'u', email: 'u@acme.example', team: 't' });
    client = new Client(gateway.url, token);
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const chat = (model: string, extra: object = {}): Promise<Answer> =>
    client.chat('hello', { model, ...extra });
  const refusalOf = (answer: Answer | undefined): Refused['error'] =>
    (JSON.parse(answer?.text ?? '') as Refused).error;

  it('pass a full deployment over, and refuse with 429 when all of the group are full', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => chat('pair')));
    const served = answers.filter(({ status }) => status === 200);
    const ids = served.map(({ headers }) => headers.get('x-litellm-model-id'));
    expect(ids.toSorted()).toEqual([...Array(5).fill('large'), ...Array(3).fill('small')]);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(22);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(30);
    expect(refusalOf(refused[0])).toMatchObject({
      reason: 'rate_limited',
      rate_limit: { scope: 'deployment', type: 'requests', remaining: 0 },
    });
    const question = { token, model: 'pair' };
    const explained = await Client.admin(gateway.url).post<object>('/auth/explain', question);
    expect(explained.json).toMatchObject({ status: 429, reason: 'rate_limited' });
  });

  it('count the tokens that were used', async () => {
    const used = upstream.behaviour({ promptTokens: 100, completionTokens: 500 });
    expect((await chat('tokens', { ...used, max_tokens: 900 })).status).toBe(200);
    expect((await chat('tokens', { ...used, max_tokens: 900 })).status).toBe(429);
    expect((await chat('tokens', { ...used, max_tokens: 300 })).status).toBe(200);
  });

  it('send a request that is too large for one deployment to another', async () => {
    const answer = await chat('tokens-open', { max_tokens: 4000 });
    expect([answer.status, answer.headers.get('x-litellm-model-id')]).toEqual([200, 'open']);
  });

  it('free the slot of a call that has ended', async () => {
    const running = await client.hold('/v1/chat/completions', {
      model: 'slots',
      stream: true,
      messages: [{ role: 'user', content: 'a' }],
      ...upstream.behaviour({ hang: 'after-first-chunk' }),
    });
    const refused = await chat('slots');
    expect(refusalOf(refused).rate_limit).toMatchObject({
      ...{ scope: 'deployment', id: 'slots', model: 'slots' },
      ...{ type: 'max_parallel_requests', resets_at: null },
    });
    expect([refused.text, refused.headers.get('retry-after')]).toEqual([
      expect.not.stringContaining('narrow'),
      '1',
    ]);
    const admin = Client.admin(gateway.url);
    const decisionId = refused.headers.get('x-gatehouse-decision-id') ?? '';
    const decision = await admin.get<object>(`/decisions/${decisionId}`);
    const explained = await admin.post<object>('/auth/explain', { token, model: 'slots' });
    for (const { text } of [decision, explained]) expect(text).toContain('deployment narrow');
    running.end();
    await eventually(async () => {
      expect((await chat('slots')).status).toBe(200);
    });
    expect((await chat('slots', upstream.behaviour({ status: 500 }))).status).toBe(500);
    expect((await chat('slots')).status).toBe(200);
  });
});
