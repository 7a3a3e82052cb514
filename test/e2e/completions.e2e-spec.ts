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
  readonly team_id: string;
}

const USAGE = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };
const choice = (text: string, finish_reason: string | null = null) => ({
  index: 0,
  text,
  logprobs: null,
  finish_reason,
});
const completion = (extra: object = { usage: USAGE }) =>
  JSON.stringify({
    id: 'cmpl-1',
    object: 'text_completion',
    choices: [choice('a text', 'stop')],
    ...extra,
  });
const streamOf = (...chunks: readonly object[]) =>
  [...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]']
    .map((data) => `data: ${data}\n\n`)
    .join('');
const CHUNKS = [
  { choices: [choice('one ')], usage: null },
  { choices: [choice('two', 'stop')], usage: null },
];
const USAGE_CHUNK = { choices: [], usage: USAGE };

describe('text completions of a relay', () => {
  let upstream: FakeUpstream;
  let relay: RelayHarness;

  beforeAll(async () => {
    upstream = await startFakeUpstream();
    const azure = `  - model_name: azure
    litellm_params: { model: azure/one, api_base: "${upstream.url}", api_key: k, api_version: "2024-10-21" }
`;
    relay = await startRelay(relayConfiguration(upstream.url, azure));
  });

  afterAll(async () => {
    await relay.stop();
    await upstream.close();
  });

  beforeEach(() => {
    relay.spend.events.length = 0;
  });

  const call = (body: object, path = '/v1/completions') =>
    post(`${relay.url}${path}`, { model: 'test', prompt: 'hello there', ...body }).answer();

  it('are the upstream’s bytes, booked by its own count', async () => {
    upstream.enqueue({ body: completion() });
    const response = await call({});
    expect([response.status, response.bytes.toString()]).toEqual([200, completion()]);
    expect(upstream.records.at(-1)).toMatchObject({ path: '/v1/completions', model: 'real-model' });
    expect(relay.spend.intents[0]).toMatchObject({ callType: 'atext_completion' });
    expect(relay.spend.outcomes).toEqual([
      expect.objectContaining({
        usage: { inputTokens: 11, cachedInputTokens: 0, outputTokens: 7 },
        usageSource: 'provider',
        isSuspect: false,
        isPriced: true,
        // 11 × 0.00000123 + 7 × 0.00000777
        costPico: 67_920_000n,
      }),
    ]);
  });

  it.each([
    ['/completions', '/v1/completions'],
    ['/engines/test/completions', '/v1/completions'],
    ['/v1/engines/test/completions', '/v1/completions'],
    ['/openai/deployments/test/completions', '/v1/completions'],
    [
      '/openai/deployments/azure/completions',
      '/openai/deployments/one/completions?api-version=2024-10-21',
    ],
  ])('are served at %s', async (path, asked) => {
    upstream.enqueue({ body: completion() });
    const model = path === '/completions' ? 'test' : 'named-by-the-path-instead';
    expect((await call({ model }, path)).status).toBe(200);
    expect(upstream.records.at(-1)?.path).toBe(asked);
  });

  it('are estimated from prompt and text when the upstream reports no usage', async () => {
    upstream.enqueue({ body: completion({}) });
    await call({ prompt: ['x'.repeat(40), 'y'.repeat(40)], suffix: 'z'.repeat(8) });
    upstream.enqueue({ body: completion({}) });
    await call({ prompt: [[1, 2, 3], [4]] });
    expect(relay.spend.outcomes).toMatchObject([
      { usage: { inputTokens: 22, outputTokens: 2 }, usageSource: 'estimate' },
      { usage: { inputTokens: 4, outputTokens: 2 }, usageSource: 'estimate' },
    ]);
  });

  it('stream without the usage event that the client did not ask for, booked by it', async () => {
    upstream.enqueue({ body: streamOf(...CHUNKS, USAGE_CHUNK) });
    const response = await call({ stream: true });
    expect(response.bytes.toString()).toBe(streamOf(...CHUNKS));
    expect(JSON.parse(upstream.records.at(-1)?.requestBytes.toString() ?? '')).toMatchObject({
      stream_options: { include_usage: true },
    });
    expect(relay.spend.outcomes).toMatchObject([
      { usage: { inputTokens: 11, outputTokens: 7 }, usageSource: 'provider', isSuspect: false },
    ]);
  });

  it('stream with the usage event that the client asked for', async () => {
    upstream.enqueue({ body: streamOf(...CHUNKS, USAGE_CHUNK) });
    const response = await call({ stream: true, stream_options: { include_usage: true } });
    expect(response.bytes.toString()).toBe(streamOf(...CHUNKS, USAGE_CHUNK));
  });

  it('estimate a stream that broke off from its text', async () => {
    upstream.enqueue({ body: streamOf(...CHUNKS).replace('data: [DONE]\n\n', '') });
    await call({ stream: true });
    expect(relay.spend.outcomes).toMatchObject([
      { usage: { inputTokens: 3, outputTokens: 2 }, usageSource: 'estimate' },
    ]);
  });

  it.each([
    ['one prompt', { max_tokens: 100 }, 100],
    ['several choices', { max_tokens: 100, n: 3 }, 300],
    ['the best of several', { max_tokens: 100, n: 2, best_of: 5 }, 500],
    ['several prompts', { max_tokens: 100, n: 2, prompt: ['a', 'b', 'c'] }, 600],
    ['one prompt of token ids', { max_tokens: 100, prompt: [1, 2, 3] }, 100],
    ['several prompts of token ids', { max_tokens: 100, prompt: [[1], [2, 3]] }, 200],
    ['log probabilities alone', { max_tokens: 0, echo: true }, 0],
  ])('hold the output of %s', async (_name, body, outputTokens) => {
    upstream.enqueue({ body: completion() });
    await call(body);
    const bytes = upstream.records.at(-1)?.requestBytes.length ?? 0;
    const held = BigInt(bytes) * 1_230_000n + BigInt(outputTokens) * 7_770_000n;
    expect(relay.spend.intents[0]?.reservedPico).toBe(held);
  });

  it('hold the default amount where prompts are too many to be counted', async () => {
    upstream.enqueue({ body: completion() }, { body: completion() });
    await call({ max_tokens: 1, prompt: Array.from({ length: 70_000 }, () => 'a') });
    await call({ prompt: 'a' });
    const [large, unbounded] = relay.spend.intents;
    expect(large?.reservedPico).toBeGreaterThan(0n);
    expect(unbounded?.reservedPico).toBeGreaterThan(0n);
  });

  it.each([
    ['prompt', { prompt: null }],
    ['prompt', { prompt: 7 }],
    ['Prompt', { Prompt: 'other' }],
    ['Best_Of', { Best_Of: 100 }],
    ['best_of', { best_of: 0 }],
    ['n', { n: 129 }],
    ['max_tokens', { max_tokens: -1 }],
    ['stream', { stream: 'yes' }],
    ['api_base', { api_base: 'https://evil.example' }],
  ])('are refused for %s (%j)', async (param, body) => {
    const response = await call(body);
    expect(response.status).toBe(400);
    expect(JSON.parse(response.bytes.toString())).toMatchObject({
      error: { reason: 'request_invalid', param },
    });
    expect(relay.spend.events).toEqual([]);
  });

  it('are flagged as not exactly priced for another service tier of a listed price', async () => {
    upstream.enqueue({ body: completion({ usage: USAGE, service_tier: 'flex' }) });
    await call({ model: 'azure', service_tier: 'auto' });
    expect(relay.spend.outcomes).toMatchObject([{ isPriced: false }]);
  });
});

describe('text completions of a gateway', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream({ behaviour: { body: completion() } });
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      jwtauth: `
    user_id_jwt_field: sub
    team_id_jwt_field: team
    user_id_upsert: true
    enforce_scope_based_access: true
    scope_mappings:
      - { scope: text, models: [test-model], routes: [/v1/completions] }
      - { scope: chat, models: [test-model], routes: [/v1/chat/completions] }
      - { scope: elsewhere, models: [other-model], routes: [/v1/completions] }`,
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
    const openai = await openaiOf('text');
    const response = await openai.completions.create({ model: 'test-model', prompt: 'hello' });
    expect(response.choices[0]?.text).toBe('a text');
    upstream.enqueue({ body: streamOf(...CHUNKS, USAGE_CHUNK) });
    const stream = await openai.completions.create({
      model: 'test-model',
      prompt: ['hello', 'you'],
      stream: true,
    });
    const texts: string[] = [];
    for await (const chunk of stream) texts.push(chunk.choices[0]?.text ?? '');
    expect(texts.join('')).toBe('one two');
    const rows = await Client.admin(gateway.url).get<SpendRow[]>('/spend/logs?team_id=research');
    const row = {
      call_type: 'atext_completion',
      prompt_tokens: 11,
      completion_tokens: 7,
      spend: 0.00006792,
    };
    expect(rows.json).toMatchObject([row, row]);
  });

  it.each([
    ['the route', 'chat', 'test-model', 403],
    ['the model', 'elsewhere', 'test-model', 403],
    ['an unknown model', 'text', 'no-such-model', 403],
  ])('are refused for %s', async (_what, scope, model, status) => {
    const before = upstream.records.length;
    const openai = await openaiOf(scope);
    await expect(openai.completions.create({ model, prompt: 'hello' })).rejects.toMatchObject({
      status,
    });
    expect(upstream.records).toHaveLength(before);
    const token = await tokenOf(scope);
    const explained = await Client.admin(gateway.url).post<{ status: number }>('/auth/explain', {
      token,
      route: '/v1/completions',
      model,
    });
    expect(explained.json.status).toBe(status);
  });

  it('are refused without a token', async () => {
    const response = await new Client(gateway.url, null).post('/v1/completions', {
      model: 'test-model',
      prompt: 'hello',
    });
    expect(response.status).toBe(401);
  });
});
