import { ANTHROPIC_EVENTS, ANTHROPIC_MESSAGE, ANTHROPIC_USAGE } from '#support/anthropic-messages';
import { eventually } from '#support/eventually';
import {
  errorOf,
  startFakeAnthropic,
  type AnthropicBehaviour,
  type FakeAnthropic,
} from '#support/fake-anthropic';
import { post, type RawAnswer } from '#support/raw-client';
import { startRelay, type RelayHarness } from '#support/relay-harness';

const PRICES = `input_cost_per_token: 0.000003, output_cost_per_token: 0.000015,
      cache_read_input_token_cost: 0.0000003, cache_creation_input_token_cost: 0.00000375,
      cache_creation_input_token_cost_above_1hr: 0.000006, search_context_cost_per_query: { search_context_size_medium: 0.01 }`;

const yaml = (url: string): string => `model_list:
  - model_name: claude
    litellm_params: { model: anthropic/claude-real, api_base: "${url}", api_key: upstream-secret, timeout: 20, ${PRICES} }
    model_info: { id: dep-1 }
  - model_name: factors
    litellm_params: { model: anthropic/claude-real, api_base: "${url}", api_key: upstream-secret, ${PRICES}, provider_specific_entry: { fast: 6, us: 1.1 } }
  - model_name: gpt
    litellm_params: { model: openai/gpt, api_base: "${url}/v1", api_key: k }
  - model_name: unpriced
    litellm_params: { model: anthropic/claude-unknown, api_base: "${url}", api_key: upstream-secret }
  - model_name: wrong-key
    litellm_params: { model: anthropic/claude-real, api_base: "${url}", api_key: other, ${PRICES} }
  - model_name: mixed
    litellm_params: { model: openai/gpt, api_base: "${url}/v1", api_key: k }
  - model_name: mixed
    litellm_params: { model: anthropic/claude-real, api_base: "${url}", api_key: upstream-secret, ${PRICES} }
router_settings: { num_retries: 0 }
gatehouse: { spend: { client_abort: cancel } }
`;

/** 25 × 3 + 40 × 0.3 + 20 × 3.75 + 10 × 6 + 15 × 15 dollars for a million tokens, and two searches for a cent each. */
const COST_PICO =
  75_000_000n + 12_000_000n + 75_000_000n + 60_000_000n + 225_000_000n + 20_000_000_000n;
const USAGE = {
  inputTokens: 95,
  cachedInputTokens: 40,
  outputTokens: 15,
  details: { cacheWrite: 20, cacheWriteHour: 10, searchMedium: 2 },
};

interface PricedCase {
  readonly model: string;
  readonly asked?: object;
  readonly told?: object;
  readonly tenths: bigint;
  readonly isPriced: boolean;
}

describe('messages in Anthropic’s form', () => {
  let upstream: FakeAnthropic;
  let relay: RelayHarness;

  beforeAll(async () => {
    upstream = await startFakeAnthropic();
    relay = await startRelay(yaml(upstream.url));
  });

  afterAll(async () => {
    await relay.stop();
    await upstream.close();
  });

  beforeEach(() => {
    relay.spend.events.length = 0;
  });

  const call = (
    extra: object = {},
    path = '/v1/messages',
    behaviour: AnthropicBehaviour | null = null,
  ): Promise<RawAnswer> => {
    if (behaviour !== null) upstream.enqueue(behaviour);
    const messages = [{ role: 'user', content: 'hello' }];
    return post(`${relay.url}${path}`, {
      ...{ model: 'claude', max_tokens: 100, messages },
      ...extra,
    }).answer();
  };
  const bodyOf = ({ text }: RawAnswer) =>
    JSON.parse(text) as { type: string; request_id: string; error: Record<string, unknown> };

  it.each([false, true])(
    'are relayed byte for byte and priced by their cache (streamed: %p)',
    async (stream) => {
      const { status, text, headers } = await call({ stream });
      const sent = upstream.records.at(-1);
      expect([status, text]).toEqual([200, sent?.sent]);
      expect(headers).toMatchObject({
        'x-litellm-model-id': 'dep-1',
        'request-id': 'req_upstream',
      });
      expect(relay.spend.outcomes).toMatchObject([
        {
          usage: USAGE,
          usageSource: 'provider',
          costPico: COST_PICO,
          isPriced: true,
          succeeded: true,
        },
      ]);
      expect(relay.spend.intents).toMatchObject([
        { callType: 'anthropic_messages', model: 'claude-real' },
      ]);
    },
  );

  const SEARCHES_PICO = 20_000_000_000n;
  const US = { speed: 'fast', inference_geo: 'us' };
  const SLOW = { ...US, speed: 'standard' };
  const STANDARD = { speed: 'standard', inference_geo: 'global' };

  it.each<[string, PricedCase]>([
    ['asked for', { model: 'factors', asked: US, tenths: 66n, isPriced: true }],
    ['of the usage', { model: 'factors', told: US, tenths: 66n, isPriced: true }],
    [
      'of which the usage denies one',
      { model: 'factors', asked: US, told: SLOW, tenths: 11n, isPriced: true },
    ],
    [
      'that the usage denies',
      { model: 'claude', asked: US, told: STANDARD, tenths: 10n, isPriced: true },
    ],
    [
      'without a factor',
      { model: 'claude', asked: { speed: 'fast' }, tenths: 10n, isPriced: false },
    ],
    [
      'with a place alone and no factor',
      { model: 'claude', told: { inference_geo: 'us' }, tenths: 10n, isPriced: false },
    ],
  ])(
    'are priced at the speed and the place %s',
    async (_, { model, asked = {}, told = {}, tenths, isPriced }: PricedCase) => {
      const body = { ...ANTHROPIC_MESSAGE, usage: { ...ANTHROPIC_USAGE, ...told } };
      expect((await call({ model, ...asked }, undefined, { body })).status).toBe(200);
      expect(upstream.records.at(-1)?.body).toMatchObject(asked);
      const costPico = ((COST_PICO - SEARCHES_PICO) * tenths) / 10n + SEARCHES_PICO;
      expect(relay.spend.outcomes).toMatchObject([{ costPico, isPriced }]);
    },
  );

  it.each(['speed', 'inference_geo'])('with a %s that is not a text are 400', async (param) => {
    const answer = await call({ [param]: 1 });
    expect([answer.status, bodyOf(answer).error['param']]).toEqual([400, param]);
  });

  it('reach Anthropic as it knows them, without what only the gateway knows', async () => {
    const extra = {
      ...{ user: 'customer-1', tags: ['a'], litellm_metadata: { tags: ['b'] }, num_retries: 3 },
      metadata: { user_id: 'user-1' },
    };
    expect((await call(extra)).status).toBe(200);
    expect(upstream.records.at(-1)?.body).toEqual({
      ...{ model: 'claude-real', max_tokens: 100, metadata: { user_id: 'user-1' } },
      messages: [{ role: 'user', content: 'hello' }],
    });
  });

  it('pass on no parameter of the query but the one of the official clients', async () => {
    for (const [query, target] of [
      ['?beta=true', '/v1/messages?beta=true'],
      ['?beta=true&key=secret', '/v1/messages?beta=true'],
      ['?beta=1&api_key=secret', '/v1/messages'],
    ] as const) {
      expect((await call({}, `/v1/messages${query}`)).status).toBe(200);
      expect(upstream.records.at(-1)?.target).toBe(target);
    }
  });

  it('that the upstream refuses come back as they are, and cost nothing', async () => {
    const body = errorOf({ type: 'invalid_request_error', message: 'max_tokens: too large' });
    const answer = await call({}, '/v1/messages', { status: 400, body });
    expect([answer.status, bodyOf(answer)]).toEqual([400, body]);
    expect(answer.headers['x-gatehouse-error-source']).toBe('upstream');
    expect(relay.spend.outcomes).toMatchObject([{ costPico: 0n, succeeded: false }]);
  });

  it('with a key that the upstream refuses are the gateway’s own failure, in Anthropic’s envelope', async () => {
    const answer = await call({ model: 'wrong-key' });
    expect(answer.status).toBe(502);
    expect(bodyOf(answer)).toMatchObject({
      type: 'error',
      request_id: answer.headers['x-request-id'] ?? relay.states.at(-1)?.requestId,
      error: { type: 'api_error', reason: 'upstream_credential_rejected', code: '502' },
    });
  });

  it('are refused for a model whose deployments speak another API, and take those that do', async () => {
    const answer = await call({ model: 'gpt' });
    expect(answer.status).toBe(400);
    expect(bodyOf(answer)).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error', reason: 'operation_unsupported', param: 'model' },
    });
    for (let count = 0; count < 8; count += 1)
      expect((await call({ model: 'mixed' })).status).toBe(200);
  });

  it.each([
    [{ messages: 'hello' }, 'messages'],
    [{ max_tokens: -1 }, 'max_tokens'],
    [{ stream: 'yes' }, 'stream'],
    [{ Max_Tokens: 5 }, 'Max_Tokens'],
    [{ api_base: 'http://x' }, 'api_base'],
    [{ model: 7 }, 'model'],
  ])('are refused in Anthropic’s envelope with %j', async (extra, param) => {
    const answer = await call(extra);
    expect(answer.status).toBe(400);
    expect(bodyOf(answer)).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error', reason: 'request_invalid', param },
    });
    expect(relay.spend.events).toEqual([]);
  });

  it('that break off in the stream end with an event named error, and are estimated', async () => {
    const answer = await call({ stream: true }, '/v1/messages', { cutAfter: 4 });
    const whole = ANTHROPIC_EVENTS.slice(0, 4).join('');
    expect(answer.text.startsWith(`${whole}event: error\ndata: {"type":"error",`)).toBe(true);
    expect(JSON.parse(answer.text.split('data: ').at(-1) ?? '')).toMatchObject({
      error: { type: 'api_error', reason: 'upstream_invalid' },
    });
    expect(answer.text).not.toContain('message_stop');
    expect(relay.spend.outcomes).toMatchObject([
      { usage: { inputTokens: 95, outputTokens: 3 }, usageSource: 'estimate', succeeded: false },
    ]);
  });

  it('whose client disconnects are ended upstream, and estimated from what has come', async () => {
    upstream.enqueue({ hangAfter: 5 });
    const before = upstream.records.length;
    const started = post(`${relay.url}/v1/messages`, {
      ...{ model: 'claude', max_tokens: 100, stream: true },
      messages: [{ role: 'user', content: 'hello' }],
    });
    await eventually(() => expect(upstream.records[before]?.sent).toContain('friend'));
    started.request.destroy();
    await eventually(() => expect(relay.unsettledCalls.count()).toBe(0));
    await eventually(() => expect(upstream.records[before]?.isAborted).toBe(true));
    expect(relay.spend.outcomes).toMatchObject([
      { usage: { inputTokens: 95, outputTokens: 6 }, usageSource: 'estimate', succeeded: false },
    ]);
  });

  describe('that are counted only', () => {
    const count = (extra: object = {}): Promise<RawAnswer> =>
      call({ max_tokens: undefined, ...extra }, '/v1/messages/count_tokens');

    it('come back as they are and have an entry that costs nothing and has no usage', async () => {
      const answer = await count();
      expect([answer.status, JSON.parse(answer.text)]).toEqual([200, { input_tokens: 2_095 }]);
      expect(answer.headers['x-litellm-response-cost']).toBe('0.000000000000');
      expect(relay.spend.intents).toMatchObject([
        { callType: 'anthropic_count_tokens', reservedPico: 0n, expectedPico: 0n },
      ]);
      expect(relay.spend.outcomes).toMatchObject([
        { usage: null, usageSource: 'none', costPico: 0n, isPriced: true, succeeded: true },
      ]);
    });

    it('are not unpriced where the price of the model is not known', async () => {
      expect((await count({ model: 'unpriced' })).status).toBe(200);
      expect(relay.spend.outcomes).toMatchObject([{ costPico: 0n, isPriced: true }]);
    });
  });
});
