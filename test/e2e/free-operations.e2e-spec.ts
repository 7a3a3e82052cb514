import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

const ROUTES: readonly [string, object][] = [
  ['/v1/moderations', { input: 'hello' }],
  ['/v1/responses', { input: 'hello', stream: true }],
  ['/v1/rerank', { query: 'hello', documents: ['a'] }],
  ['/v1/images/generations', { prompt: 'hello' }],
  ['/v1/audio/speech', { input: 'hello', voice: 'alloy' }],
];

describe('operations under an exhausted budget', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let caller: Client;
  let token: string;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    const address = `api_base: "${upstream.url}/v1", api_key: k`;
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      models: `
  - model_name: free
    litellm_params: { model: custom_openai/free, ${address}, input_cost_per_token: 0, output_cost_per_token: 0 }
  - model_name: priced
    litellm_params: { model: custom_openai/priced, ${address}, input_cost_per_token: 0.001, output_cost_per_token: 0.001 }`,
    });
    const admin = Client.admin(gateway.url);
    await admin.post('/team/new', { team_id: 'research', max_budget: 0 });
    token = await issuer.sign({ email: 'alice@acme.example', team: 'research' });
    caller = new Client(gateway.url, token);
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const explained = async (route: string, model: string): Promise<number> => {
    const admin = Client.admin(gateway.url);
    const body = { token, route, model };
    return (await admin.post<{ status: number }>('/auth/explain', body)).json.status;
  };

  it.each(ROUTES)('%s is served where every price is 0, as explained', async (route, body) => {
    expect((await caller.post(route, { model: 'free', ...body })).status).toBe(200);
    expect(await explained(route, 'free')).toBe(200);
  });

  it.each(ROUTES)('%s is refused where it has a price, as explained', async (route, body) => {
    const before = upstream.records.length;
    const response = await caller.post(route, { model: 'priced', ...body });
    expect([response.status, upstream.records.length]).toEqual([422, before]);
    expect(await explained(route, 'priced')).toBe(422);
  });
});
