import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import OpenAI from 'openai';
import { Client } from '#support/client';
import type { FakeBehaviour } from '#support/fake-behaviour';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

const PRICES = 'input_cost_per_token: 0.00000123, output_cost_per_token: 0.00000777';

const chunk = (content: string): string =>
  `data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"${content}"}}]}\n\n`;
const EVENTS = `${chunk('hi')}${chunk(' there')}data: [DONE]\n\n`;

describe('streams of upstreams with habits of their own', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      models: `
  - model_name: test-model
    litellm_params: { model: openai/m, api_base: "${upstream.url}/v1", api_key: k, ${PRICES} }
router_settings: { timeout: 0.4, num_retries: 0 }`,
    });
    await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  /** The text that the official client reads out of a stream. */
  const streamed = async (behaviour: FakeBehaviour): Promise<string> => {
    const openai = new OpenAI({
      baseURL: `${gateway.url}/v1`,
      apiKey: await issuer.sign({ email: 'alice@acme.example', team: 'research' }),
      maxRetries: 0,
    });
    upstream.enqueue(behaviour);
    const chunks = await openai.chat.completions.create({
      model: 'test-model',
      stream: true,
      messages: [{ role: 'user', content: 'hello' }],
    });
    let text = '';
    for await (const chunk of chunks) text += chunk.choices[0]?.delta.content ?? '';
    return text;
  };

  it('a steady stream may take longer than router_settings.timeout', async () => {
    await expect(streamed({ chunks: 8, delayMs: 120 })).resolves.toMatch(/^hello w0.*w7/);
  });

  it.each([
    ['falls silent', { hang: 'after-first-chunk' }, undefined],
    ['has a late first byte', { hang: 'after-head' }, 504],
    ['has a late head', { hang: 'before-head' }, 504],
  ] as const)(
    'a stream that %s is an error to the official client',
    async (_what, behaviour, status) => {
      const error: unknown = await streamed(behaviour).catch((error_: unknown) => error_);
      expect(error).toBeInstanceOf(OpenAI.APIError);
      expect(error).toMatchObject({ status, error: { reason: 'upstream_timeout' } });
    },
  );

  it.each([
    ['gzip', gzipSync(EVENTS)],
    ['br', brotliCompressSync(EVENTS)],
    ['zstd', zstdCompressSync(EVENTS)],
  ])('a stream that is compressed with %s is read by the official client', async (coding, body) => {
    const headers = { 'content-encoding': coding };
    await expect(streamed({ headers, body, splitEvery: 9 })).resolves.toBe('hi there');
  });

  it('a stream whose upstream refuses stream_options is called again without it', async () => {
    const body =
      '{"detail":[{"loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}';
    await expect(streamed({ status: 422, body })).resolves.toMatch(/^hello w0/);
    await expect(streamed({})).resolves.toMatch(/^hello w0/);
    const asked = upstream.records.slice(-3).map(({ requestBytes }) => requestBytes.toString());
    expect(asked.map((text) => text.includes('stream_options'))).toEqual([true, false, false]);
  });
});
