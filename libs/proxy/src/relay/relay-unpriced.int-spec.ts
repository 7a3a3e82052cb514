import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { post } from '#support/raw-client';
import { relayConfiguration, startRelay, type RelayHarness } from '#support/relay-harness';

const SPEECH = { voice: 'alloy', input: 'hello' };
const PICTURE = { prompt: 'a cat' };
const RERANK = { query: 'q', documents: ['x'] };

describe('an operation whose price is not known', () => {
  let upstream: FakeUpstream;
  let relay: RelayHarness;

  beforeAll(async () => {
    upstream = await startFakeUpstream();
    const at = (name: string, prices: string) => `  - model_name: ${name}
    litellm_params: { model: custom_openai/${name}, api_base: "${upstream.url}/v1", api_key: k, ${prices} }
`;
    const further = [
      at('by-query', 'input_cost_per_query: 0.002'),
      at('by-output', 'output_cost_per_token: 0.002'),
      at('by-character', 'input_cost_per_character: 0.000015'),
      at('by-request', 'input_cost_per_request: 0.01'),
      at('by-nothing', 'timeout: 20'),
    ].join('');
    relay = await startRelay(relayConfiguration(upstream.url, further));
  });

  afterAll(async () => {
    await relay.stop();
    await upstream.close();
  });

  /** What the upstream reports of its usage: nothing. */
  const isPriced = async (path: string, model: string, body: object): Promise<unknown> => {
    relay.spend.events.length = 0;
    upstream.enqueue({ body: '{"data":[],"results":[]}' });
    const { status } = await post(`${relay.url}${path}`, { ...body, model }).answer();
    expect(status).toBe(200);
    return relay.spend.outcomes.map((outcome) => outcome.isPriced);
  };

  it.each([
    ['/v1/images/generations', 'by-query', PICTURE],
    ['/v1/images/generations', 'by-character', PICTURE],
    ['/v1/audio/speech', 'by-query', SPEECH],
    ['/v1/audio/speech', 'by-output', SPEECH],
    ['/v1/rerank', 'by-character', RERANK],
    ['/v1/rerank', 'by-output', RERANK],
    ['/v1/moderations', 'by-output', { input: '' }],
    ['/v1/embeddings', 'by-request', { input: '' }],
    ['/v1/embeddings', 'by-nothing', { input: '' }],
  ])('is recorded as unpriced, with other prices, too: %s, %s', async (path, model, body) => {
    expect(await isPriced(path, model, body)).toEqual([false]);
  });

  it.each([
    ['/v1/images/generations', 'by-request', PICTURE],
    ['/v1/audio/speech', 'by-character', SPEECH],
    ['/v1/rerank', 'by-query', RERANK],
    ['/v1/moderations', 'by-request', { input: '' }],
  ])('is not one with a price of its own: %s, %s', async (path, model, body) => {
    expect(await isPriced(path, model, body)).toEqual([true]);
    expect(relay.spend.outcomes).toMatchObject([{ usageSource: 'provider' }]);
  });
});
