import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

/** Ten cents for a call with the largest output, which the upstream produces. */
const CALL = { max_tokens: 100 };
const models = (url: string): string => `
  - model_name: test-model
    litellm_params:
      model: openai/test-model
      api_base: ${url}/v1
      api_key: upstream-secret
      input_cost_per_token: 0
      output_cost_per_token: 0.001`;

describe('A script that manages LiteLLM', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream({ behaviour: { completionTokens: 100 } });
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      models: models(upstream.url),
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  it('makes a budget, a team with it and a key, calls until it is refused, raises the budget and goes on', async () => {
    const admin = Client.admin(gateway.url);
    const budget = { budget_id: 'monthly', max_budget: 0.3, budget_duration: '1mo' };
    expect((await admin.post('/budget/new', budget)).status).toBe(200);
    const team = { team_id: 'research', budget_id: 'monthly' };
    expect((await admin.post('/team/new', team)).status).toBe(200);
    const { json } = await admin.post<{ key: string }>('/key/generate', { team_id: 'research' });
    const client = new Client(gateway.url, json.key);
    const statuses: number[] = [];
    for (let call = 0; call < 5; call += 1) {
      const answer = await client.chat('hello', CALL);
      statuses.push(answer.status);
    }
    expect(statuses).toEqual([200, 200, 200, 422, 422]);
    const refused = await client.chat('hello', CALL);
    expect(refused.json.error).toMatchObject({
      reason: 'budget_exceeded',
      budget: { scope: 'team', id: 'research', limit: '0.3', window: { duration: '1mo' } },
    });
    await eventually(async () => {
      const info = await admin.get('/team/info?team_id=research');
      expect(info.json).toMatchObject({ team_info: { spend: 0.3 } });
    });
    expect(upstream.records).toHaveLength(3);
    await admin.post('/budget/update', { budget_id: 'monthly', max_budget: 0.4 });
    expect((await client.chat('hello', CALL)).status).toBe(200);
    expect((await client.chat('hello', CALL)).status).toBe(422);
  });
});
