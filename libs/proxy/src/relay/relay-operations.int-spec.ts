import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { FAKE_SOUND } from '#support/fake-operations';
import { post } from '#support/raw-client';
import { relayConfiguration, startRelay, type RelayHarness } from '#support/relay-harness';

const tokens = { promptTokens: 11, completionTokens: 6 };

describe('operations that are not billed as chats are', () => {
  let upstream: FakeUpstream;
  let relay: RelayHarness;

  beforeAll(async () => {
    upstream = await startFakeUpstream({ behaviour: tokens });
    const at = (name: string, prices: string) => `  - model_name: ${name}
    litellm_params: { model: custom_openai/${name}, api_base: "${upstream.url}/v1", api_key: k, ${prices} }
`;
    const further = [
      at('free', 'input_cost_per_token: 0'),
      at('by-query', 'input_cost_per_query: 0.002'),
      at('by-picture', 'output_cost_per_image: 0.04'),
      at('by-pixel', 'input_cost_per_pixel: 0.00000002'),
      at(
        'by-image-token',
        'input_cost_per_token: 0.000005, output_cost_per_token: 0.00001, output_cost_per_image_token: 0.00004',
      ),
      at('by-character', 'input_cost_per_character: 0.000015'),
      at('by-sound', 'input_cost_per_token: 0.000001, output_cost_per_audio_token: 0.00001'),
      at('by-request', 'input_cost_per_request: 0.01'),
      at('unpriced', 'timeout: 20'),
    ].join('');
    const moderated = `  - model_name: omni
    litellm_params: { model: openai/omni-moderation-latest, api_base: "${upstream.url}/v1", api_key: k }
    model_info: { base_model: omni-moderation-latest }
`;
    const yaml = relayConfiguration(upstream.url, further + moderated);
    relay = await startRelay(`${yaml}gatehouse: { spend: { unpriced_models: deny } }\n`);
  });

  afterAll(async () => {
    await relay.stop();
    await upstream.close();
  });

  beforeEach(() => {
    relay.spend.events.length = 0;
  });

  const call = (path: string, body: object) => post(`${relay.url}${path}`, body).answer();

  /** Asserts that the one attempt was booked so, and that no less was held. */
  const expectBooked = (callType: string, costPico: bigint, outcome: object = {}): void => {
    expect(relay.spend.intents).toMatchObject([{ callType }]);
    expect(relay.spend.outcomes).toMatchObject([
      { costPico, isPriced: true, succeeded: true, usageSource: 'provider', ...outcome },
    ]);
    expect(relay.spend.intents[0]?.reservedPico).toBeGreaterThanOrEqual(costPico);
  };

  it.each(['free', 'omni'])('a moderation of %s costs and holds nothing', async (model) => {
    const response = await call('/v1/moderations', { model, input: ['a', 'b'] });
    expect(JSON.parse(response.bytes.toString())).toMatchObject({ results: [{ flagged: false }] });
    expect(upstream.records.at(-1)?.path).toBe('/v1/moderations');
    expectBooked('amoderation', 0n, { usageSource: 'estimate' });
    expect(relay.spend.intents).toMatchObject([{ reservedPico: 0n, expectedPico: 0n }]);
  });

  it.each(['/v1/rerank', '/rerank', '/v2/rerank'])(
    'a rerank at %s has the queries of the upstream',
    async (path) => {
      const body = { model: 'by-query', query: 'q', documents: ['a', { text: 'b' }], top_n: 1 };
      const response = await call(path, body);
      expect(response.bytes.equals(upstream.records.at(-1)?.sent ?? Buffer.alloc(0))).toBe(true);
      expect(upstream.records.at(-1)?.path).toBe('/v1/rerank');
      expectBooked('arerank', 2_000_000_000n, { usage: { details: { query: 1 } } });
      expect(relay.spend.intents).toMatchObject([{ reservedPico: 2_000_000_000n }]);
    },
  );

  it('a rerank of more than 100 documents has a query for each hundred where the upstream counts none', async () => {
    upstream.enqueue({ body: '{"results":[]}' });
    const documents = Array.from({ length: 201 }, () => 'x');
    await call('/v1/rerank', { model: 'by-query', query: 'q', documents });
    expectBooked('arerank', 6_000_000_000n, { usage: { details: { query: 3 } } });
  });

  it.each([
    [{ usage: { total_tokens: 15 } }, 'provider', 15],
    [{ meta: { billed_units: { search_units: 1 }, tokens: { input_tokens: 9 } } }, 'provider', 0],
    [{}, 'estimate', 2],
  ])('a rerank by tokens reads %j', async (report, usageSource, inputTokens) => {
    upstream.enqueue({ body: JSON.stringify({ results: [], ...report }) });
    await call('/v1/rerank', { model: 'test', query: 'q', documents: ['x'] });
    expect(relay.spend.outcomes).toMatchObject([{ usageSource, usage: { inputTokens } }]);
  });

  it.each([
    // n × price; the pixels of the standard size; 11 × 0.000005 + 6 × 0.00004
    ['by-picture', { n: 3 }, 120_000_000_000n],
    ['by-pixel', { n: 2, size: '512x256' }, 5_242_880_000n],
    ['by-pixel', {}, 20_971_520_000n],
    ['by-image-token', { quality: 'low' }, 295_000_000n],
    ['by-request', { n: 4 }, 10_000_000_000n],
  ])('images of %s (%j) cost what their prices say', async (model, body, cost) => {
    const response = await call('/v1/images/generations', { model, prompt: 'a cat', ...body });
    expect(response.bytes.equals(upstream.records.at(-1)?.sent ?? Buffer.alloc(0))).toBe(true);
    expectBooked('aimage_generation', cost);
  });

  it('images that did not come are not billed by picture', async () => {
    const data = [{ url: 'https://a.example/1' }, { url: null, b64_json: 'AA' }];
    upstream.enqueue({ body: JSON.stringify({ data }) });
    const body = { model: 'by-picture', prompt: 'a cat', n: 4 };
    await call('/openai/deployments/by-picture/images/generations', { ...body, model: 'other' });
    expect(upstream.records.at(-1)).toMatchObject({
      path: '/v1/images/generations',
      model: 'by-picture',
    });
    // Each has one of data and address.
    expectBooked('aimage_generation', 40_000_000_000n);
    expect(relay.spend.intents).toMatchObject([{ reservedPico: 160_000_000_000n }]);
  });

  it.each([1, 2])('%p streamed images are booked by the usage of each', async (n) => {
    const body = { model: 'by-image-token', prompt: 'a cat', n, stream: true, partial_images: 1 };
    const response = await call('/images/generations', body);
    const record = upstream.records.at(-1);
    expect(response.bytes.equals(record?.sent ?? Buffer.alloc(0))).toBe(true);
    expect(record?.requestBytes.toString()).not.toContain('stream_options');
    expectBooked('aimage_generation', BigInt(n) * 295_000_000n);
  });

  it('speech is passed on byte for byte and costs its characters', async () => {
    const input = 'Grüße 👋🏽!';
    const body = {
      model: 'by-character',
      input,
      voice: 'alloy',
      ...upstream.behaviour({ splitEvery: 100 }),
    };
    const response = await call('/v1/audio/speech', body);
    expect([response.headers['content-type'], response.bytes.equals(FAKE_SOUND)]).toEqual([
      'audio/mpeg',
      true,
    ]);
    expect(upstream.records.at(-1)?.headers.accept).toBe('*/*');
    // 9 characters, of which two are written with two units of UTF-16.
    expectBooked('aspeech', 135_000_000n, { usage: { details: { inputCharacter: 9 } } });
    expect(relay.spend.intents).toMatchObject([
      { reservedPico: 135_000_000n, expectedPico: 135_000_000n },
    ]);
  });

  it('speech in events is booked by the usage of the last one', async () => {
    const body = { model: 'by-sound', input: 'hello', voice: 'alloy', stream_format: 'sse' };
    const response = await call('/audio/speech', body);
    expect(response.bytes.equals(upstream.records.at(-1)?.sent ?? Buffer.alloc(0))).toBe(true);
    // 11 × 0.000001 + 6 × 0.00001
    expectBooked('aspeech', 71_000_000n, { usage: { details: { outputAudio: 6 } } });
  });

  it('speech that says nothing of its tokens is estimated from its text', async () => {
    await call('/v1/audio/speech', { model: 'by-sound', input: 'x'.repeat(40), voice: 'alloy' });
    // 10 × 0.000001 + 60 × 0.00001
    expectBooked('aspeech', 610_000_000n, { usageSource: 'estimate' });
  });

  it('speech that breaks off is an estimate, and cut at the client, too', async () => {
    upstream.enqueue({ cutAfterBytes: 500 });
    const body = { model: 'by-character', input: 'hello', voice: 'alloy' };
    const response = await call('/v1/audio/speech', body);
    expect([response.isComplete, response.bytes.equals(FAKE_SOUND.subarray(0, 500))]).toEqual([
      false,
      true,
    ]);
    expect(relay.spend.outcomes).toMatchObject([
      { costPico: 75_000_000n, usageSource: 'estimate', succeeded: false },
    ]);
  });

  it.each([
    ['/v1/moderations', { model: 'free', input: 7 }, 'input'],
    ['/v1/moderations', { model: 'free', Input: 'x', input: 'x' }, 'Input'],
    ['/v1/rerank', { model: 'by-query', documents: ['x'] }, 'query'],
    ['/v1/rerank', { model: 'by-query', query: 'x', documents: 'x' }, 'documents'],
    ['/v2/rerank', { model: 'by-query', query: 'x' }, 'documents'],
    ['/v1/images/generations', { model: 'by-picture' }, 'prompt'],
    ['/v1/images/generations', { model: 'by-picture', prompt: 'x', n: 0 }, 'n'],
    ['/v1/images/generations', { model: 'by-picture', prompt: 'x', size: 7 }, 'size'],
    ['/v1/images/generations', { model: 'by-picture', prompt: 'x', stream: 1 }, 'stream'],
    ['/v1/audio/speech', { model: 'by-character', input: ['x'] }, 'input'],
    ['/v1/audio/speech', { model: 'by-character', input: 'x', stream_format: 1 }, 'stream_format'],
  ])('%s refuses %j for %s', async (path, body, param) => {
    const response = await call(path, body);
    expect(response.status).toBe(400);
    expect(JSON.parse(response.bytes.toString())).toMatchObject({
      error: { reason: 'request_invalid', param },
    });
    expect(relay.spend.events).toEqual([]);
  });

  it.each([
    ['/v1/moderations', { input: 'x' }],
    ['/v1/rerank', { query: 'x', documents: ['x'] }],
    ['/v1/images/generations', { prompt: 'x' }],
    ['/v1/audio/speech', { input: 'x' }],
  ])('%s is refused without a price where unpriced models are denied', async (path, body) => {
    const response = await call(path, { model: 'unpriced', ...body });
    expect(JSON.parse(response.bytes.toString())).toMatchObject({
      error: { reason: 'price_unknown' },
    });
  });
});
