import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

describe('Requests and responses as the operator shapes them', () => {
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
      gatehouse: '  server: { litellm_headers: false }\n',
      models: `
  - model_name: narrow
    litellm_params: { model: openai/narrow, api_base: "${upstream.url}/v1", api_key: k, additional_drop_params: [seed, tools] }
  - model_name: wide
    litellm_params: { model: openai/wide, api_base: "${upstream.url}/v1", api_key: k }
router_settings: { fallbacks: [{ narrow: [wide] }] }`,
    });
    await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
    const token = await issuer.sign({ email: 'alice@acme.example', team: 'research' });
    client = new Client(gateway.url, token);
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const lastBody = (): unknown => JSON.parse(String(upstream.records.at(-1)?.requestBytes));

  it('lack the members that the deployment does not take, and no others', async () => {
    const extra = { model: 'narrow', seed: 1, tools: [], top_p: 0.5 };
    expect((await client.chat('x', extra)).status).toBe(200);
    expect(lastBody()).toEqual({
      model: 'narrow',
      messages: [{ role: 'user', content: 'x' }],
      top_p: 0.5,
    });
    expect((await client.chat('x', { ...extra, model: 'wide' })).status).toBe(200);
    expect(lastBody()).toMatchObject({ seed: 1, tools: [], top_p: 0.5 });
  });

  it('have them for a fallback that takes them', async () => {
    const refused = { status: 500 };
    upstream.enqueue(refused, refused, refused);
    const response = await client.chat('x', { model: 'narrow', seed: 1 });
    upstream.drain();
    expect(response.status).toBe(200);
    const [own, fallback] = ['narrow', 'wide'].map((model) =>
      upstream.records.findLast((record) => record.model === model)?.requestBytes.toString(),
    );
    expect(own).not.toContain('seed');
    expect(fallback).toContain('"seed":1');
  });

  it.each([
    ['buffered', { model: 'wide' }, 200],
    ['streamed', { model: 'wide', stream: true }, 200],
    ['refused upstream', { model: 'wide', fake_upstream: { status: 400 } }, 400],
    ['unknown model', { model: 'unknown' }, 403],
  ])('have no header of LiteLLM where these are switched off: %s', async (_what, extra, status) => {
    const response = await client.chat('x', extra);
    expect([400, status]).toContain(response.status);
    const names = [...response.headers.keys()];
    expect(names.filter((name) => name.startsWith('x-litellm-'))).toEqual([]);
    expect(names).toContain('x-request-id');
  });
});
