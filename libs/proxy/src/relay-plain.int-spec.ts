import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { post } from '#support/raw-client';
import { startRelay, type RelayHarness } from '#support/relay-harness';
import { JsonObjectScan, formatUsd } from '#libs/common';

const MESSAGES = [{ role: 'user', content: 'hello there' }];

function yaml(url: string): string {
  return `model_list:
  - model_name: test
    litellm_params: { model: openai/real-model, api_base: "${url}/v1", api_key: upstream-key,
      input_cost_per_token: 0.00000123, output_cost_per_token: 0.00000777, cache_read_input_token_cost: 0.000000456,
      organization: org-configured, extra_headers: { x-static: "1" }, timeout: 20 }
    model_info: { id: dep-1 }
  - model_name: azure-chat
    litellm_params: { model: azure/my-deployment, api_base: "${url}", api_key: azure-key, api_version: "2024-06-01",
      input_cost_per_token: 0, output_cost_per_token: 0 }
  - model_name: azure-one
    litellm_params: { model: azure/my-model, api_base: "${url}", api_key: azure-key, api_version: v1 }
  - model_name: unpriced
    litellm_params: { model: custom_openai/nobody-knows, api_base: "${url}/v1", api_key: k }
  - model_name: listed
    litellm_params: { model: openai/gpt-4o-mini, api_base: "${url}/v1", api_key: k }
  - model_name: hasty
    litellm_params: { model: openai/real-model, api_base: "${url}/v1", api_key: k, timeout: 0.2, stream_timeout: 0.2 }
  - model_name: omitted
    litellm_params: { model: openai/x, api_key: os.environ/UNSET_KEY }
router_settings: { num_retries: 0 }
`;
}

describe('plain answers', () => {
  let upstream: FakeUpstream;
  let relay: RelayHarness;

  beforeAll(async () => {
    upstream = await startFakeUpstream();
    relay = await startRelay(yaml(upstream.url));
  });

  afterAll(async () => {
    await relay.stop();
    await upstream.close();
  });

  beforeEach(() => {
    relay.spend.events.length = 0;
    relay.models = null;
  });

  const chat = (extra: object = {}, headers: Record<string, string> = {}) =>
    post(relay.chatUrl, { model: 'test', messages: MESSAGES, ...extra }, headers).answer();

  it('are the upstream’s bytes, with the cost of its own count', async () => {
    const answer = await chat(
      upstream.behaviour({ promptTokens: 101, cachedTokens: 40, completionTokens: 13 }),
    );
    const record = upstream.records.at(-1);
    expect(answer.status).toBe(200);
    expect(answer.bytes.equals(record?.sent ?? Buffer.alloc(0))).toBe(true);
    // 61 × 0.00000123 + 40 × 0.000000456 + 13 × 0.00000777
    expect(answer.headers['x-litellm-response-cost']).toBe('0.000194280000');
    expect(relay.spend.outcomes).toEqual([
      expect.objectContaining({
        usage: { inputTokens: 101, cachedInputTokens: 40, outputTokens: 13 },
        usageSource: 'provider',
        costPico: 194_280_000n,
        isPriced: true,
        succeeded: true,
        upstreamStatus: 200,
      }),
    ]);
  });

  it('name the call, the deployment and the group, and go into the log line', async () => {
    const answer = await chat();
    const state = relay.states.at(-1);
    expect(answer.headers).toMatchObject({
      'x-litellm-call-id': state?.requestId,
      'x-litellm-model-id': 'dep-1',
      'x-litellm-model-group': 'test',
    });
    expect(state?.log).toMatchObject({
      model_group: 'test',
      deployment: 'dep-1',
      attempts: 1,
      usage_source: 'provider',
    });
  });

  it('leave only after the settlement is in the journal', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    relay.spend.beforeSettle = () => gate;
    const call = post(relay.chatUrl, { model: 'test', messages: MESSAGES });
    let hasAnswered = false;
    void call.head.then(() => (hasAnswered = true));
    await eventually(() => expect(upstream.records.at(-1)?.state).toBe('complete'));
    await new Promise(setImmediate);
    expect(hasAnswered).toBe(false);
    relay.spend.beforeSettle = null;
    release();
    expect((await call.answer()).status).toBe(200);
  });

  it('are asked for only after the writes are committed and the intent is durable', async () => {
    const before = upstream.records.length;
    let seen = -1;
    relay.spend.beforeOpen = async () => {
      seen = upstream.records.length;
      await Promise.resolve();
    };
    await chat();
    relay.spend.beforeOpen = null;
    expect(seen).toBe(before);
    expect(relay.commits.at(-1)).toEqual([]);
    expect(relay.spend.kinds).toEqual(['open', 'settle']);
    expect(relay.spend.intents[0]).toMatchObject({
      attempt: 1,
      callType: 'acompletion',
      modelGroup: 'test',
      model: 'real-model',
      provider: 'openai',
      deploymentId: 'dep-1',
      attribution: { userId: 'user', teamId: 'team' },
    });
    expect(relay.spend.intents[0]?.reservedPico).toBeGreaterThan(0n);
  });

  it('come to nobody when the settlement cannot be written', async () => {
    relay.spend.beforeSettle = () => Promise.reject(new Error('disk full'));
    const answer = await chat();
    relay.spend.beforeSettle = null;
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('choices');
  });

  it('carry nothing of the client upstream but its body', async () => {
    await chat(
      {},
      {
        authorization: 'Bearer client-token',
        cookie: 'c=1',
        'x-api-key': 'client-key',
        'x-litellm-tags': 'a',
        'x-forwarded-for': '1.2.3.4',
        connection: 'x-smuggled',
        'x-smuggled': '1',
        'openai-organization': 'org-evil',
        'openai-beta': 'b1',
      },
    );
    const record = upstream.records.at(-1);
    const names = Object.keys(record?.headers ?? {}).sort();
    expect(names).toEqual([
      'accept',
      'accept-encoding',
      'authorization',
      'connection',
      'content-length',
      'content-type',
      'host',
      'openai-beta',
      'openai-organization',
      'user-agent',
      'x-static',
    ]);
    expect(record?.headers).toMatchObject({
      authorization: 'Bearer upstream-key',
      'openai-organization': 'org-configured',
      connection: 'keep-alive',
      'accept-encoding': 'identity',
    });
    expect(record?.rawHeaders.join('\n')).not.toMatch(/client|evil|smuggled/);
  });

  it('bring nothing of the upstream back but what a client may see', async () => {
    const answer = await chat(
      upstream.behaviour({
        headers: {
          'set-cookie': 'a=1',
          server: 'secret-server',
          'openai-organization': 'org-secret',
          authorization: 'leak',
          'x-ratelimit-remaining-tokens': '7',
          'openai-processing-ms': '12',
          connection: 'openai-processing-ms',
        },
      }),
    );
    expect(answer.headers['x-ratelimit-remaining-tokens']).toBe('7');
    expect(JSON.stringify(answer.headers)).not.toMatch(/secret|leak|a=1|processing/);
    expect(answer.headers['x-request-id']).toBeUndefined();
  });

  it.each([
    ['azure-chat', '/openai/deployments/my-deployment/chat/completions?api-version=2024-06-01'],
    ['azure-one', '/openai/v1/chat/completions'],
  ])('of %s come from its own address with its own kind of credential', async (model, path) => {
    await chat({ model });
    const record = upstream.records.at(-1);
    expect(record?.path).toBe(path);
    expect(record?.headers['api-key']).toBe('azure-key');
    expect(record?.headers.authorization).toBeUndefined();
  });

  it.each([
    '/chat/completions',
    '/engines/test/chat/completions',
    '/v1/engines/test/chat/completions',
    '/openai/deployments/test/chat/completions',
  ])('are given at %s too', async (path) => {
    const body = path.includes('test') ? { model: 'ignored' } : { model: 'test' };
    const answer = await post(`${relay.url}${path}`, { ...body, messages: MESSAGES }).answer();
    expect(answer.status).toBe(200);
    expect(upstream.records.at(-1)?.model).toBe('real-model');
  });

  it('forward a body of 4 MB untouched', async () => {
    const image = `data:image/png;base64,${'A'.repeat(4_000_000)}`;
    const bytes = Buffer.from(
      `{"model":"test", "messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"${image}"}}]}]}`,
    );
    const answer = await post(relay.chatUrl, bytes).answer();
    expect(answer.status).toBe(200);
    const expected = Buffer.from(bytes.toString().replace('"test"', '"real-model"'));
    expect(upstream.records.at(-1)?.requestBytes.equals(expected)).toBe(true);
  });

  it.each([400, 401, 404, 429, 500, 503])(
    'pass status %i through with its body',
    async (status) => {
      const answer = await chat(upstream.behaviour({ status, headers: { 'retry-after': '9' } }));
      expect(answer.status).toBe(status);
      expect(answer.bytes.equals(upstream.records.at(-1)?.sent ?? Buffer.alloc(0))).toBe(true);
      expect(answer.headers['x-gatehouse-error-source']).toBe('upstream');
      expect(answer.headers['retry-after']).toBeUndefined();
      expect(relay.spend.outcomes).toEqual([
        expect.objectContaining({
          usage: null,
          usageSource: 'none',
          costPico: 0n,
          succeeded: false,
          upstreamStatus: status,
        }),
      ]);
    },
  );

  it('never follow a redirect', async () => {
    const answer = await chat(
      upstream.behaviour({ status: 307, headers: { location: `${upstream.url}/elsewhere` } }),
    );
    expect(answer.status).toBe(502);
    expect(JSON.parse(answer.text).error.reason).toBe('upstream_invalid');
    expect(answer.headers['x-gatehouse-error-source']).toBe('gateway');
    expect(answer.headers.location).toBeUndefined();
    expect(upstream.records.at(-1)?.path).toBe('/v1/chat/completions');
  });

  it('without usage are booked as an estimate', async () => {
    await chat(upstream.behaviour({ usage: 'none' }));
    const [outcome] = relay.spend.outcomes;
    expect(outcome).toMatchObject({ usageSource: 'estimate', succeeded: true });
    expect(outcome?.usage?.inputTokens).toBeGreaterThan(0);
    expect(outcome?.usage?.outputTokens).toBeGreaterThan(0);
    expect(outcome?.costPico).toBeGreaterThan(0n);
  });

  it('with usage cost no look into the messages', async () => {
    const value = jest.spyOn(JsonObjectScan.prototype, 'value');
    await chat();
    const names = value.mock.calls.flat();
    value.mockRestore();
    expect(relay.spend.outcomes[0]).toMatchObject({ usageSource: 'provider' });
    expect(names).toContain('model');
    expect(names).not.toContain('messages');
  });

  it.each([
    ['asked for', 'listed', { service_tier: 'priority' }, false],
    ['asked for', 'test', { service_tier: 'priority' }, true],
    ['standard', 'listed', { service_tier: 'default' }, true],
    ['not named', 'listed', {}, true],
  ])(
    'whose price class is %s are priced by %s as %j deserves',
    async (_what, model, extra, isPriced) => {
      await chat({ model, ...extra });
      expect(relay.spend.outcomes[0]).toMatchObject({ isPriced });
    },
  );

  it.each([
    ['flex', {}, false],
    ['default', { service_tier: 'flex' }, true],
  ])('are priced by the class %s that they were given at', async (tier, extra, isPriced) => {
    const usage = { prompt_tokens: 1, completion_tokens: 1 };
    const body = JSON.stringify({ choices: [], usage, service_tier: tier });
    await chat({ model: 'listed', ...extra, ...upstream.behaviour({ body }) });
    expect(relay.spend.outcomes[0]).toMatchObject({ isPriced, usageSource: 'provider' });
    expect(relay.spend.outcomes[0]?.costPico).toBeGreaterThan(0n);
  });

  it('with absurd usage never make spend decrease', async () => {
    await chat(upstream.behaviour({ usage: { prompt_tokens: -5, completion_tokens: 'x' } }));
    expect(relay.spend.outcomes[0]?.costPico).toBeGreaterThanOrEqual(0n);
    expect(relay.states.at(-1)?.log['usage_suspect']).toBe(true);
  });

  it('of unknown price are flagged', async () => {
    const answer = await chat({ model: 'unpriced' });
    expect(answer.headers['x-litellm-response-cost']).toBe(formatUsd(0n));
    expect(relay.spend.outcomes).toEqual([
      expect.objectContaining({ isPriced: false, costPico: 0n }),
    ]);
  });

  it('that are empty are passed on and estimated', async () => {
    const answer = await chat(upstream.behaviour({ body: '' }));
    expect(answer).toMatchObject({ status: 200, text: '' });
    expect(relay.spend.outcomes[0]).toMatchObject({ usageSource: 'estimate' });
  });

  it('that come as a stream are passed on as one', async () => {
    const answer = await chat(upstream.behaviour({ swapsForm: true, forcesUsage: true }));
    expect(answer.headers['content-type']).toMatch(/^text\/event-stream/);
    expect(answer.bytes.equals(upstream.records.at(-1)?.sent ?? Buffer.alloc(0))).toBe(true);
    expect(relay.spend.outcomes[0]).toMatchObject({ usageSource: 'provider' });
  });

  it('that break off are 502, and the part that came is estimated', async () => {
    const answer = await chat(upstream.behaviour({ cutAfterBytes: 40 }));
    expect(answer.status).toBe(502);
    expect(JSON.parse(answer.text).error.reason).toBe('upstream_invalid');
    expect(relay.spend.outcomes[0]).toMatchObject({ usageSource: 'estimate', succeeded: false });
  });

  it.each(['before-head', 'after-head'] as const)(
    'that hang %s are 504 and estimated',
    async (hang) => {
      const answer = await chat({ model: 'hasty', ...upstream.behaviour({ hang }) });
      expect(answer.status).toBe(504);
      expect(JSON.parse(answer.text).error.reason).toBe('upstream_timeout');
      expect(relay.spend.outcomes[0]).toMatchObject({ usageSource: 'estimate', succeeded: false });
      await eventually(() => expect(upstream.records.at(-1)?.state).toBe('aborted'));
    },
  );

  it.each([
    ['a model that does not exist', { model: 'nope' }, 400, 'model_unknown'],
    [
      'a model whose deployments were left out',
      { model: 'omitted' },
      503,
      'no_deployment_available',
    ],
    ['a destination of its own', { api_base: 'http://evil.example' }, 400, 'request_invalid'],
    ['a member in another letter case', { Stream: true }, 400, 'request_invalid'],
    ['a stream that is no boolean', { stream: 'yes' }, 400, 'request_invalid'],
  ])(
    'are refused for %s before anything is written or sent',
    async (_what, extra, status, reason) => {
      const [calls, commits] = [upstream.records.length, relay.commits.length];
      const answer = await chat(extra);
      expect(answer.status).toBe(status);
      expect(JSON.parse(answer.text).error.reason).toBe(reason);
      expect(relay.spend.events).toEqual([]);
      expect([upstream.records.length, relay.commits.length]).toEqual([calls, commits]);
    },
  );

  it('are refused for a model that is not granted, whatever the guards did', async () => {
    relay.models = ['other'];
    const answer = await chat();
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.text).error.reason).toBe('model_not_allowed');
  });
});
