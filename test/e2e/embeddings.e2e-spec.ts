import OpenAI from 'openai';
import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { post } from '#support/raw-client';
import { relayConfiguration, startRelay, type RelayHarness } from '#support/relay-harness';

interface SpendRow {
  readonly call_type: string;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly spend: number;
  readonly metadata: { readonly usage_source: string };
}

const USAGE = { prompt_tokens: 11, total_tokens: 11 };
const VECTOR = [0.25, -1, 2];
const BASE64 = Buffer.from(new Float32Array(VECTOR).buffer).toString('base64');
const responseOf = (embedding: unknown, extra: object = { usage: USAGE }) =>
  JSON.stringify({
    object: 'list',
    data: [{ object: 'embedding', index: 0, embedding }],
    model: 'real-model',
    ...extra,
  });

describe('embeddings of a relay', () => {
  let upstream: FakeUpstream;
  let relay: RelayHarness;

  beforeAll(async () => {
    upstream = await startFakeUpstream({ behaviour: { body: responseOf(VECTOR) } });
    const further = `  - model_name: azure
    litellm_params: { model: azure/one, api_base: "${upstream.url}", api_key: k, api_version: "2024-10-21" }
  - model_name: listed
    litellm_params: { model: openai/text-embedding-3-small, api_base: "${upstream.url}/v1", api_key: k }
    model_info: { base_model: text-embedding-3-small }
  - model_name: input-only
    litellm_params: { model: custom_openai/local, api_base: "${upstream.url}/v1", api_key: k, input_cost_per_token: 0.00000002 }
  - model_name: unpriced
    litellm_params: { model: custom_openai/unknown-model, api_base: "${upstream.url}/v1", api_key: k }
`;
    const configuration = relayConfiguration(upstream.url, further);
    relay = await startRelay(`${configuration}gatehouse: { spend: { unpriced_models: deny } }\n`);
  });

  afterAll(async () => {
    await relay.stop();
    await upstream.close();
  });

  beforeEach(() => {
    relay.spend.events.length = 0;
  });

  const call = (body: object, path = '/v1/embeddings') =>
    post(`${relay.url}${path}`, { model: 'test', input: 'hello there', ...body }).answer();

  it('are the upstream’s bytes, booked by its own count, which has no completion tokens', async () => {
    const response = await call({ dimensions: 3, encoding_format: 'float', user: 'u' });
    expect([response.status, response.bytes.toString()]).toEqual([200, responseOf(VECTOR)]);
    // 11 × 0.00000123
    expect(response.headers['x-litellm-response-cost']).toBe('0.000013530000');
    const record = upstream.records.at(-1);
    expect(record?.path).toBe('/v1/embeddings');
    expect(JSON.parse(record?.requestBytes.toString() ?? '')).toEqual({
      model: 'real-model',
      input: 'hello there',
      dimensions: 3,
      encoding_format: 'float',
      user: 'u',
    });
    const bytes = record?.requestBytes.length ?? 0;
    expect(relay.spend.intents).toMatchObject([
      { callType: 'aembedding', reservedPico: BigInt(bytes) * 1_230_000n },
    ]);
    expect(relay.spend.outcomes).toEqual([
      expect.objectContaining({
        usage: { inputTokens: 11, cachedInputTokens: 0, outputTokens: 0 },
        usageSource: 'provider',
        isSuspect: false,
        isPriced: true,
        succeeded: true,
        costPico: 13_530_000n,
      }),
    ]);
  });

  it.each([
    ['/embeddings', '/v1/embeddings'],
    ['/engines/test/embeddings', '/v1/embeddings'],
    ['/v1/engines/test/embeddings', '/v1/embeddings'],
    ['/openai/deployments/test/embeddings', '/v1/embeddings'],
  ])('are served at %s', async (path, asked) => {
    const model = path === '/embeddings' ? 'test' : 'named-by-the-path-instead';
    expect((await call({ model }, path)).status).toBe(200);
    expect(upstream.records.at(-1)?.path).toBe(asked);
  });

  it.each(['listed', 'input-only'])(
    'need no price of output tokens where unpriced models are denied (%s)',
    async (model) => {
      expect((await call({ model })).status).toBe(200);
      expect(relay.spend.outcomes).toMatchObject([{ isPriced: true, costPico: 220_000n }]);
    },
  );

  it('are refused where the price of input tokens is unknown and unpriced models are denied', async () => {
    const response = await call({ model: 'unpriced' });
    expect(JSON.parse(response.bytes.toString())).toMatchObject({
      error: { reason: 'price_unknown' },
    });
  });

  it.each([
    ['a string', 'x'.repeat(40), 10],
    ['strings', ['x'.repeat(40), 'y'.repeat(40)], 20],
    ['token ids', [101, 102, 103], 3],
    ['arrays of token ids', [[101, 102], [103]], 3],
  ])('are estimated from %s when the upstream reports no usage', async (_name, input, tokens) => {
    upstream.enqueue({ body: responseOf(VECTOR, {}) });
    await call({ input, dimensions: 256 });
    expect(relay.spend.outcomes).toMatchObject([
      { usage: { inputTokens: tokens, outputTokens: 0 }, usageSource: 'estimate' },
    ]);
  });

  it('are forwarded with "stream", which only the upstream can refuse, and booked when a stream returns', async () => {
    const stream = `data: ${responseOf(VECTOR)}\n\ndata: [DONE]\n\n`;
    upstream.enqueue({ body: stream, headers: { 'content-type': 'text/event-stream' } });
    const response = await call({ stream: true });
    expect([response.status, response.bytes.toString()]).toEqual([200, stream]);
    expect(JSON.parse(upstream.records.at(-1)?.requestBytes.toString() ?? '')).toMatchObject({
      stream: true,
    });
    expect(relay.spend.outcomes).toMatchObject([
      { usage: { inputTokens: 11, outputTokens: 0 }, usageSource: 'provider', succeeded: true },
    ]);
  });

  it.each([
    ['flex', 'listed', false],
    ['default', 'listed', true],
    ['flex', 'input-only', true],
  ])('of the service tier %s of %s are exactly priced: %p', async (tier, model, isPriced) => {
    await call({ model, service_tier: tier });
    expect(relay.spend.outcomes).toMatchObject([{ isPriced }]);
  });

  it.each([
    ['input', { input: null }],
    ['input', { input: { text: 'a' } }],
    ['Input', { Input: 'other' }],
    ['api_key', { api_key: 'other' }],
  ])('are refused for %s (%j)', async (param, body) => {
    const response = await call(body);
    expect(response.status).toBe(400);
    expect(JSON.parse(response.bytes.toString())).toMatchObject({
      error: { reason: 'request_invalid', param },
    });
    expect(relay.spend.events).toEqual([]);
  });
});

describe('embeddings of a gateway', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      jwtauth: `
    user_id_jwt_field: sub
    team_id_jwt_field: team
    user_id_upsert: true
    enforce_scope_based_access: true
    scope_mappings:
      - { scope: vectors, models: [test-model], routes: [/v1/embeddings] }
      - { scope: chat, models: [test-model], routes: [/v1/chat/completions] }
      - { scope: elsewhere, models: [other-model], routes: [/v1/embeddings] }`,
    });
    const admin = Client.admin(gateway.url);
    await admin.post('/team/new', { team_id: 'research', models: ['test-model'] });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const tokenOf = (scope: string) => issuer.sign({ team: 'research', scope });
  const openaiOf = async (scope: string) =>
    new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: await tokenOf(scope), maxRetries: 0 });

  it('are made with the official client and booked exactly', async () => {
    const openai = await openaiOf('vectors');
    // The client asks for base64 by default, and decodes it.
    upstream.enqueue({ body: responseOf(BASE64) });
    const decoded = await openai.embeddings.create({ model: 'test-model', input: 'hello' });
    expect([...(decoded.data[0]?.embedding ?? [])]).toEqual(VECTOR);
    expect(JSON.parse(upstream.records.at(-1)?.requestBytes.toString() ?? '')).toMatchObject({
      encoding_format: 'base64',
    });
    upstream.enqueue({ body: responseOf(VECTOR) });
    const floats = await openai.embeddings.create({
      model: 'test-model',
      input: ['hello', 'you'],
      encoding_format: 'float',
      dimensions: 3,
    });
    expect(floats.data[0]?.embedding).toEqual(VECTOR);
    upstream.enqueue({ body: responseOf(BASE64, {}) });
    await openai.embeddings.create({ model: 'test-model', input: [[1, 2], [3]] });
    const rows = await Client.admin(gateway.url).get<SpendRow[]>('/spend/logs?team_id=research');
    const row = (tokens: number, source: string) => ({
      call_type: 'aembedding',
      prompt_tokens: tokens,
      completion_tokens: 0,
      spend: (tokens * 123) / 1e8,
      metadata: expect.objectContaining({ usage_source: source }) as unknown,
    });
    const byTokens = rows.json.toSorted((a, b) => a.prompt_tokens - b.prompt_tokens);
    expect(byTokens).toMatchObject([row(3, 'estimate'), row(11, 'provider'), row(11, 'provider')]);
  });

  it.each([
    ['the route', 'chat', 'test-model'],
    ['the model', 'elsewhere', 'test-model'],
    ['an unknown model', 'vectors', 'no-such-model'],
  ])('are refused for %s', async (_what, scope, model) => {
    const before = upstream.records.length;
    const openai = await openaiOf(scope);
    await expect(openai.embeddings.create({ model, input: 'hello' })).rejects.toMatchObject({
      status: 403,
    });
    expect(upstream.records).toHaveLength(before);
    const explained = await Client.admin(gateway.url).post<{ status: number }>('/auth/explain', {
      token: await tokenOf(scope),
      route: '/v1/embeddings',
      model,
    });
    expect(explained.json.status).toBe(403);
  });

  it('are refused without a token', async () => {
    const stranger = new Client(gateway.url, null);
    const response = await stranger.post('/v1/embeddings', { model: 'test-model', input: 'hello' });
    expect(response.status).toBe(401);
  });
});
