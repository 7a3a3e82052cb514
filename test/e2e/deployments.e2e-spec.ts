import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

describe('deployments', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let client: Client;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      models: `
  - model_name: half-dead
    litellm_params: { model: openai/alive, api_base: "${upstream.url}/v1", api_key: secret, weight: 1 }
  - model_name: half-dead
    litellm_params: { model: openai/dead, api_base: "http://127.0.0.1:9/v1", api_key: secret, weight: 1000 }
  - model_name: azure-classic
    litellm_params: { model: azure/my-deployment, api_base: "${upstream.url}", api_key: azure-secret, api_version: "2024-10-21" }
  - model_name: azure-next
    litellm_params: { model: azure/my-model, api_base: "${upstream.url}/openai/v1", api_key: azure-secret }
  - model_name: dead
    litellm_params: { model: openai/dead, api_base: "http://127.0.0.1:9/v1", api_key: secret }
  - model_name: "any/*"
    litellm_params: { model: "openai/*", api_base: "${upstream.url}/v1", api_key: secret }`,
    });
    await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
    client = new Client(
      gateway.url,
      await issuer.sign({ email: 'alice@acme.example', team: 'research' }),
    );
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  it('that cannot be reached are passed over, and the caller notices nothing', async () => {
    for (let call = 0; call < 10; call += 1) {
      expect((await client.chat('x', { model: 'half-dead' })).status).toBe(200);
    }
    expect(upstream.records.at(-1)?.model).toBe('alive');
  });

  it('that are all unreachable are 502, and nothing is booked', async () => {
    const response = await client.chat('x', { model: 'dead' });
    expect(response.status).toBe(502);
    expect(response.headers.get('x-gatehouse-error-source')).toBe('gateway');
    expect(response.json.error).toMatchObject({
      type: 'upstream_error',
      reason: 'upstream_unreachable',
    });
    const id = response.headers.get('x-request-id') ?? '';
    const rows = await Client.admin(gateway.url).get<object[]>(`/spend/logs?request_id=${id}`);
    expect(rows.json).toEqual([]);
  });

  it('of Azure are called in both address forms, with their key in its own header', async () => {
    expect((await client.chat('x', { model: 'azure-classic' })).status).toBe(200);
    const classic = upstream.records.at(-1);
    expect(classic?.path).toBe(
      '/openai/deployments/my-deployment/chat/completions?api-version=2024-10-21',
    );
    expect(classic?.headers['api-key']).toBe('azure-secret');
    expect(classic?.headers.authorization).toBeUndefined();
    expect((await client.chat('x', { model: 'azure-next' })).status).toBe(200);
    expect(upstream.records.at(-1)).toMatchObject({
      path: '/openai/v1/chat/completions',
      model: 'my-model',
    });
  });

  it('with a star serve every name that fits, under the name that the star stood for', async () => {
    expect((await client.chat('x', { model: 'any/gpt-77' })).status).toBe(200);
    expect(upstream.records.at(-1)?.model).toBe('gpt-77');
  });

  it('answer with their own errors, passed through and marked as theirs', async () => {
    const response = await client.chat('x', {
      model: 'any/x',
      ...upstream.behaviour({ status: 422 }),
    });
    expect(response.status).toBe(422);
    expect(response.headers.get('x-gatehouse-error-source')).toBe('upstream');
    expect(response.json.error).toMatchObject({ type: 'fake' });
  });

  it('get the body’s own bytes, without what only LiteLLM knows', async () => {
    const body =
      '{"model":"any/raw", "temperature": 1.0e0 ,"messages":[ {"role":"user","content":"\\u00fc"} ],"metadata":{"a":1},"tags":["t"]}';
    expect((await client.post('/v1/chat/completions', body)).status).toBe(200);
    const sent = upstream.records.at(-1)?.requestBytes.toString();
    expect(sent).toBe(
      '{"model":"raw", "temperature": 1.0e0 ,"messages":[ {"role":"user","content":"\\u00fc"} ]}',
    );
  });
});
