import { Client } from '#support/client';
import type { FakeBehaviour } from '#support/fake-behaviour';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

interface LogRow {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly metadata: {
    readonly state: string;
    readonly usage_source: string;
    readonly usage_suspect: boolean;
    readonly cached_tokens: number;
    readonly cost_usd: string;
    readonly is_priced: boolean;
  };
}

const PROVIDERS = ['openai', 'deepseek', 'xai', 'gemini'];
const usage = (prompt: number, completion: number, total: number, extra: object = {}): object => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: total,
  ...extra,
});
const reasoning = (count: number): object => ({
  completion_tokens_details: { reasoning_tokens: count },
});
const events = (...data: readonly string[]): string =>
  data.map((line) => `data: ${line}\n\n`).join('');

const TEXT = `{"choices":[{"index":0,"delta":{"content":"four words of text"}}]}`;
const FINISH = `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`;
const PLACEHOLDER = `{"choices":[],"usage":{"prompt_tokens":40,"completion_tokens":0,"total_tokens":40}}`;
const FINAL = `{"choices":[],"usage":{"prompt_tokens":40,"completion_tokens":9,"total_tokens":49}}`;
const NULLS = `{"choices":[],"usage":{"prompt_tokens":null,"completion_tokens":null}}`;

/** Models at an address that is not the provider's, and whether they have a price. */
const UNPRICED = [
  ['own-openai', 'openai/gpt-4o', '{}', false],
  ['own-vllm', 'hosted_vllm/openai/gpt-4o', '{}', false],
  ['own-free', 'openrouter/deepseek/deepseek-r1:free', '{}', false],
  ['own-based', 'hosted_vllm/our-name', '{ base_model: openai/gpt-4o }', true],
] as const;

describe('the usage in the books', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let admin: Client;
  let caller: Client;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    const models = PROVIDERS.map(
      (provider) => `
  - model_name: ${provider}
    litellm_params:
      model: ${provider}/test-model
      api_base: ${upstream.url}/v1
      api_key: upstream-secret
      input_cost_per_token: 0.000001
      output_cost_per_token: 0.00001
      cache_read_input_token_cost: 0.0000001`,
    ).join('');
    const unpriced = UNPRICED.map(
      ([name, model, info]) => `
  - model_name: ${name}
    litellm_params: { model: "${model}", api_base: "${upstream.url}/v1", api_key: upstream-secret }
    model_info: ${info}`,
    ).join('');
    gateway = await startGateway({ issuer, upstreamUrl: upstream.url, models: models + unpriced });
    admin = Client.admin(gateway.url);
    await admin.post('/team/new', { team_id: 'research' });
    const token = await issuer.sign({ email: 'alice@acme.example', team: 'research' });
    caller = new Client(gateway.url, token);
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const booked = async (
    model: string,
    stream: boolean,
    behaviour: FakeBehaviour,
  ): Promise<LogRow | undefined> => {
    upstream.enqueue(behaviour);
    const messages = [{ role: 'user', content: 'hello' }];
    const answer = await caller.post('/v1/chat/completions', { model, stream, messages });
    const id = answer.headers.get('x-request-id') ?? '';
    const logs = await admin.get<LogRow[]>(`/spend/logs?request_id=${encodeURIComponent(id)}`);
    return logs.json[0];
  };

  describe.each([
    ['whole', false],
    ['streamed', true],
  ])('of a %s response', (_form, stream) => {
    it.each([
      [
        'deepseek',
        'cached input',
        usage(100, 5, 105, { prompt_cache_hit_tokens: 64, prompt_cache_miss_tokens: 36 }),
        [100, 64, 5],
        '0.000092400000',
      ],
      ['xai', 'reasoning beside', usage(32, 9, 135, reasoning(94)), [32, 0, 103], '0.001062000000'],
      ['gemini', 'reasoning in the total', usage(20, 151, 553), [20, 0, 533], '0.005350000000'],
      [
        'openai',
        'reasoning within',
        usage(21, 80, 101, reasoning(60)),
        [21, 0, 80],
        '0.000821000000',
      ],
    ])('counts %s’s %s', async (...[model, , reported, [input, cached, output], cost]) => {
      expect(await booked(model, stream, { usage: reported })).toMatchObject({
        prompt_tokens: input,
        completion_tokens: output,
        metadata: {
          state: 'settled',
          usage_source: 'provider',
          usage_suspect: false,
          cached_tokens: cached,
          cost_usd: cost,
        },
      });
    });

    it.each([
      ['reasoning that the completion lacks', usage(21, 0, 81, reasoning(60)), 60],
      ['counts in strings', { prompt_tokens: '12', completion_tokens: '34' }, 34],
      ['a total that is too large', usage(10, 20, 99), 20],
    ])('estimates and marks %s', async (_what, reported, atLeast) => {
      const row = await booked('openai', stream, { usage: reported });
      expect(row?.metadata).toMatchObject({
        state: 'estimated',
        usage_source: 'estimate',
        usage_suspect: true,
      });
      expect(row?.completion_tokens).toBeGreaterThanOrEqual(atLeast);
    });
  });

  it.each(UNPRICED)('of %s (%s, %s) has a price: %s', async (name, _model, _info, isPriced) => {
    const row = await booked(name, false, { usage: usage(1000, 100, 1100) });
    expect(row?.metadata).toMatchObject({
      is_priced: isPriced,
      cost_usd: isPriced ? '0.003500000000' : '0.000000000000',
    });
  });

  it.each([
    ['a placeholder and no more', events(PLACEHOLDER, TEXT, FINISH, '[DONE]'), 'estimated'],
    ['a placeholder and a break', events(PLACEHOLDER, TEXT), 'estimated'],
    [
      'a placeholder and the final count',
      events(PLACEHOLDER, TEXT, FINISH, FINAL, '[DONE]'),
      'settled',
    ],
    ['nulls after the final count', events(TEXT, FINISH, FINAL, NULLS, '[DONE]'), 'settled'],
  ])('of a stream with %s', async (_what, body, state) => {
    const isBroken = !body.includes('[DONE]');
    const row = await booked('openai', true, {
      body: isBroken ? `${body}data: {"choices":[` : body,
      ...(isBroken ? { cutAfterBytes: body.length } : {}),
    });
    expect(row).toMatchObject({
      prompt_tokens: 40,
      metadata: { state, usage_suspect: state === 'estimated' },
    });
    expect(row?.completion_tokens).toBe(state === 'settled' ? 9 : 5);
  });
});
