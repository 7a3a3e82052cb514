import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { post } from '#support/raw-client';
import { relayConfiguration, startRelay, type RelayHarness } from '#support/relay-harness';

interface ErrorBody {
  readonly error: { readonly reason: string };
}

const MESSAGES = [{ role: 'user', content: 'hello' }];
/** Operations of OpenAI that neither Anthropic nor Google has in that form. */
const OF_OPENAI: readonly (readonly [path: string, body: object])[] = [
  ['/v1/responses', { input: 'hello' }],
  ['/v1/responses/compact', { input: 'hello' }],
  ['/v1/completions', { prompt: 'hello' }],
  ['/v1/moderations', { input: 'hello' }],
  ['/v1/rerank', { query: 'q', documents: ['x'] }],
  ['/v2/rerank', { query: 'q', documents: ['x'] }],
  ['/v1/audio/speech', { voice: 'alloy', input: 'hello' }],
];
/** Operations that Google has in that form, and Anthropic has not. */
const OF_GOOGLE: typeof OF_OPENAI = [
  ['/v1/embeddings', { input: 'hello' }],
  ['/v1/images/generations', { prompt: 'a cat' }],
];
const CHAT = ['/v1/chat/completions', { messages: MESSAGES }] as const;

describe('an operation that the upstream of a deployment does not have', () => {
  let upstream: FakeUpstream;
  let relay: RelayHarness;

  beforeAll(async () => {
    upstream = await startFakeUpstream();
    const at = (
      name: string,
      model: string,
      key = 'k',
    ) => `  - { model_name: ${name}, litellm_params: { model: ${model}, api_base: "${upstream.url}/v1", api_key: ${key} } }
`;
    const further = [
      at('claude', 'anthropic/claude-real'),
      at('gemini', 'gemini/gemini-real'),
      at('mixed', 'anthropic/claude-real'),
      at('mixed', 'gemini/gemini-real'),
      at('mixed', 'openai/gpt-real', 'of-openai'),
      at('falling', 'anthropic/claude-real'),
      at('gpt', 'openai/gpt-real', 'of-fallback'),
    ].join('');
    const yaml = relayConfiguration(upstream.url, further);
    relay = await startRelay(
      yaml.replace('{ num_retries: 0 }', '{ num_retries: 0, fallbacks: [{ falling: [gpt] }] }'),
    );
  });

  afterAll(async () => {
    await relay.stop();
    await upstream.close();
  });

  const call = async ([path, body]: readonly [string, object], model: string) => {
    const before = upstream.records.length;
    const answer = await post(`${relay.url}${path}`, { ...body, model }).answer();
    const [record, ...more] = upstream.records.slice(before);
    expect(more).toEqual([]);
    return { ...answer, sentWith: record?.headers.authorization ?? null };
  };
  const refusal = ({ bytes }: { readonly bytes: Buffer }): string =>
    (JSON.parse(bytes.toString()) as ErrorBody).error.reason;

  it.each([
    ...OF_OPENAI.flatMap((one) => [['claude', one] as const, ['gemini', one] as const]),
    ...OF_GOOGLE.map((one) => ['claude', one] as const),
  ])('is 400 where no other has it, and nothing is sent: %s, %j', async (model, one) => {
    const answer = await call(one, model);
    expect([answer.status, answer.sentWith]).toEqual([400, null]);
    expect(refusal(answer)).toBe('operation_unsupported');
  });

  it.each(OF_OPENAI)('is served by a deployment of the group that has it: %s', async (...one) => {
    for (let count = 0; count < 4; count += 1) {
      const answer = await call(one, 'mixed');
      expect([answer.status, answer.sentWith]).toEqual([200, 'Bearer of-openai']);
    }
  });

  it.each([...OF_OPENAI, ...OF_GOOGLE])('is served by a fallback: %s', async (...one) => {
    const answer = await call(one, 'falling');
    expect([answer.status, answer.sentWith]).toEqual([200, 'Bearer of-fallback']);
  });

  it('is not one that its compatible address has', async () => {
    expect((await call(CHAT, 'claude')).status).toBe(200);
    for (const one of [CHAT, ...OF_GOOGLE]) {
      const answer = await call(one, 'gemini');
      expect([answer.status, answer.sentWith]).toEqual([200, 'Bearer k']);
    }
  });
});
