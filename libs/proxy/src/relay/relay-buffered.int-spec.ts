import { eventually } from '#support/eventually';
import { post } from '#support/raw-client';
import { describeRelay, relayConfiguration } from '#support/relay-harness';

const MESSAGES = [{ role: 'user', content: 'hello there' }];

function yaml(url: string): string {
  return relayConfiguration(
    url,
    `  - model_name: azure-chat
    litellm_params: { model: azure/my-deployment, api_base: "${url}", api_key: azure-key, api_version: "2024-06-01",
      input_cost_per_token: 0, output_cost_per_token: 0 }
  - model_name: azure-one
    litellm_params: { model: azure/my-model, api_base: "${url}", api_key: azure-key, api_version: v1 }
`,
  );
}

describeRelay('plain answers', yaml, (relay, upstream) => {
  const chat = (extra: object = {}, headers: Record<string, string> = {}) =>
    post(relay().chatUrl, { model: 'test', messages: MESSAGES, ...extra }, headers).answer();

  it('are the upstream’s bytes, with the cost of its own count', async () => {
    const response = await chat(
      upstream().behaviour({ promptTokens: 101, cachedTokens: 40, completionTokens: 13 }),
    );
    const record = upstream().records.at(-1);
    expect(response.status).toBe(200);
    expect(response.bytes.equals(record?.sent ?? Buffer.alloc(0))).toBe(true);
    // 61 × 0.00000123 + 40 × 0.000000456 + 13 × 0.00000777
    expect(response.headers['x-litellm-response-cost']).toBe('0.000194280000');
    expect(relay().spend.outcomes).toEqual([
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
    const response = await chat();
    const state = relay().states.at(-1);
    expect(response.headers).toMatchObject({
      'x-litellm-call-id': state?.requestId,
      'x-litellm-model-id': 'dep-1',
      'x-litellm-model-group': 'test',
    });
    expect(state?.log).toMatchObject({
      model: 'test',
      deployment: 'dep-1',
      attempts: 1,
      usage_source: 'provider',
    });
  });

  it('say how long they took, and how much of that was not at the upstream', async () => {
    const { headers } = await chat(upstream().behaviour({ firstDelayMs: 60 }));
    const [whole, own] = ['response', 'overhead'].map((name) =>
      Number(headers[`x-litellm-${name}-duration-ms`]),
    );
    expect(whole).toBeGreaterThan(50);
    expect(own).toBeGreaterThan(0);
    expect(own).toBeLessThan((whole ?? 0) - 50);
    expect(headers['x-litellm-timeout']).toBeDefined();
    expect(headers['x-litellm-model-region']).toBeUndefined();
  });

  it('leave only after the settlement is in the journal', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    relay().spend.beforeSettle = () => gate;
    const call = post(relay().chatUrl, { model: 'test', messages: MESSAGES });
    let hasAnswered = false;
    void call.head.then(() => (hasAnswered = true));
    await eventually(() => expect(upstream().records.at(-1)?.state).toBe('complete'));
    await new Promise(setImmediate);
    expect(hasAnswered).toBe(false);
    relay().spend.beforeSettle = null;
    release();
    expect((await call.answer()).status).toBe(200);
  });

  it('are asked for only after the writes are committed and the intent is durable', async () => {
    const before = upstream().records.length;
    let seen = -1;
    relay().spend.beforeOpen = async () => {
      seen = upstream().records.length;
      await Promise.resolve();
    };
    await chat();
    relay().spend.beforeOpen = null;
    expect(seen).toBe(before);
    expect(relay().commits.at(-1)).toEqual([]);
    expect(relay().spend.kinds).toEqual(['open', 'settle']);
    expect(relay().spend.intents[0]).toMatchObject({
      attempt: 1,
      callType: 'acompletion',
      modelGroup: 'test',
      model: 'real-model',
      provider: 'openai',
      deploymentId: 'dep-1',
      attribution: { userId: 'user', teamId: 'team' },
    });
    const { reservedPico = 0n, expectedPico = 0n } = relay().spend.intents[0] ?? {};
    expect(expectedPico).toBeGreaterThan(0n);
    expect(reservedPico).toBeGreaterThan(expectedPico);
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
    const record = upstream().records.at(-1);
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
    const response = await chat(
      upstream().behaviour({
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
    expect(response.headers['x-ratelimit-remaining-tokens']).toBe('7');
    expect(JSON.stringify(response.headers)).not.toMatch(/secret|leak|a=1|processing/);
    expect(response.headers['x-request-id']).toBeUndefined();
  });

  it.each([
    ['azure-chat', '/openai/deployments/my-deployment/chat/completions?api-version=2024-06-01'],
    ['azure-one', '/openai/v1/chat/completions'],
  ])('of %s come from its own address with its own kind of credential', async (model, path) => {
    await chat({ model });
    const record = upstream().records.at(-1);
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
    const response = await post(`${relay().url}${path}`, { ...body, messages: MESSAGES }).answer();
    expect(response.status).toBe(200);
    expect(upstream().records.at(-1)?.model).toBe('real-model');
  });

  it('forward a body of 4 MB untouched', async () => {
    const image = `data:image/png;base64,${'A'.repeat(4_000_000)}`;
    const bytes = Buffer.from(
      `{"model":"test", "messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"${image}"}}]}]}`,
    );
    const response = await post(relay().chatUrl, bytes).answer();
    expect(response.status).toBe(200);
    const expected = Buffer.from(bytes.toString().replace('"test"', '"real-model"'));
    const record = upstream().records.at(-1);
    expect(record?.requestBytes.equals(expected)).toBe(true);
    expect(record?.headers).toMatchObject({ 'content-length': String(expected.length) });
    expect(record?.headers['transfer-encoding']).toBeUndefined();
  });

  it('that come as a stream are passed on as one', async () => {
    const response = await chat(upstream().behaviour({ swapsForm: true, forcesUsage: true }));
    expect(response.headers['content-type']).toMatch(/^text\/event-stream/);
    expect(response.bytes.equals(upstream().records.at(-1)?.sent ?? Buffer.alloc(0))).toBe(true);
    expect(relay().spend.outcomes[0]).toMatchObject({ usageSource: 'provider' });
  });
});
