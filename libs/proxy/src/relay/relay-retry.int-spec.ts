import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { post, type RawAnswer } from '#support/raw-client';
import { startRelay, type RelayHarness } from '#support/relay-harness';

const MESSAGES = [{ role: 'user', content: 'hello' }];

function deployment(model: string, url: string, id: string, weight: number): string {
  return `
  - model_name: ${model}
    litellm_params: { model: openai/real, api_base: "${url}/v1", api_key: k, weight: ${String(weight)}, timeout: 1,
      input_cost_per_token: 0.00000123, output_cost_per_token: 0.00000777 }
    model_info: { id: ${id} }`;
}

async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('a deployment from which no head came', () => {
  let silent: FakeUpstream;
  let other: FakeUpstream;
  let relay: RelayHarness;

  beforeAll(async () => {
    silent = await startFakeUpstream();
    other = await startFakeUpstream();
    const nowhere = `http://127.0.0.1:${String(await unusedPort())}`;
    relay = await startRelay(`model_list:
${deployment('beside-busy', silent.url, 'silent', 1)}
${deployment('beside-busy', other.url, 'busy', 0)}
${deployment('beside-dead', silent.url, 'silent-too', 1)}
${deployment('beside-dead', nowhere, 'dead', 0)}
router_settings: { num_retries: 3, disable_cooldowns: true }
`);
  });

  afterAll(async () => {
    await relay.stop();
    await silent.close();
    await other.close();
  });

  it.each([
    ['beside-busy', 503],
    ['beside-dead', 502],
  ])('gets the request once, however often another one fails (%s)', async (model, status) => {
    const before = silent.records.length;
    silent.enqueue({ cutBeforeHead: true });
    other.enqueue(...Array.from({ length: 3 }, () => ({ status: 503 })));
    const response = await post(relay.chatUrl, { model, messages: MESSAGES }).answer();
    expect(response.status).toBe(status);
    expect(silent.records).toHaveLength(before + 1);
  });
});

describe('another attempt', () => {
  let first: FakeUpstream;
  let second: FakeUpstream;
  let relay: RelayHarness;

  beforeAll(async () => {
    first = await startFakeUpstream();
    second = await startFakeUpstream();
    const nowhere = `http://127.0.0.1:${String(await unusedPort())}`;
    // A weight of zero is chosen last, so that the order is certain.
    relay = await startRelay(`model_list:
${deployment('pair', first.url, 'first', 1)}
${deployment('pair', second.url, 'second', 0)}
${deployment('half-dead', nowhere, 'dead', 1)}
${deployment('half-dead', second.url, 'alive', 0)}
${deployment('unknown-host', 'http://does-not-exist.invalid', 'nameless', 1)}
${deployment('unknown-host', second.url, 'named', 0)}
${deployment('no-tls', first.url.replace('http:', 'https:'), 'tls', 1)}
${deployment('no-tls', second.url, 'plain', 0)}
${deployment('dead', nowhere, 'dead-alone', 1)}
${deployment('single', first.url, 'alone', 1)}
router_settings: { num_retries: 1, disable_cooldowns: true }
`);
  });

  afterAll(async () => {
    await relay.stop();
    await first.close();
    await second.close();
  });

  beforeEach(() => {
    relay.spend.events.length = 0;
  });

  const chat = (model: string, extra: object = {}): Promise<RawAnswer> =>
    post(relay.chatUrl, { model, messages: MESSAGES, ...extra }).answer();

  it.each(['half-dead', 'unknown-host', 'no-tls'])(
    'follows when no byte can have reached the first (%s), and leaves no entry of it',
    async (model) => {
      const response = await chat(model);
      expect(response.status).toBe(200);
      expect(relay.spend.kinds).toEqual(['open', 'release', 'open', 'settle']);
      expect(relay.spend.intents.map(({ attempt }) => attempt)).toEqual([1, 2]);
      expect(relay.states.at(-1)?.log['attempts']).toBe(2);
    },
  );

  it.each([408, 429, 500, 502, 503, 504, 529])(
    'follows status %i, and both have their line in the ledger',
    async (status) => {
      first.enqueue({ status });
      const response = await chat('pair');
      expect(response.status).toBe(200);
      expect(response.headers['x-litellm-model-id']).toBe('second');
      expect(relay.spend.kinds).toEqual(['open', 'settle', 'open', 'settle']);
      expect(relay.spend.outcomes).toEqual([
        expect.objectContaining({ upstreamStatus: status, usageSource: 'none', succeeded: false }),
        expect.objectContaining({ upstreamStatus: 200, usageSource: 'provider', succeeded: true }),
      ]);
    },
  );

  it('books usage that a failed attempt reports', async () => {
    first.enqueue({
      status: 500,
      body: JSON.stringify({ error: {}, usage: { prompt_tokens: 9, completion_tokens: 0 } }),
    });
    await chat('pair');
    expect(relay.spend.outcomes[0]).toMatchObject({
      usage: { inputTokens: 9, cachedInputTokens: 0, outputTokens: 0 },
      usageSource: 'provider',
      succeeded: false,
    });
  });

  it('follows for streams too, as long as nothing was sent', async () => {
    first.enqueue({ status: 503 });
    const response = await chat('pair', { stream: true });
    expect(response.text).toMatch(/\[DONE\]\n\n$/);
    expect(response.headers['x-litellm-model-id']).toBe('second');
  });

  it.each([
    [400, 400],
    [404, 404],
    [422, 422],
  ])('never follows status %i', async (status, answered) => {
    first.enqueue({ status });
    const before = second.records.length;
    expect((await chat('pair')).status).toBe(answered);
    expect(second.records).toHaveLength(before);
  });

  it.each([
    [401, {}],
    [403, {}],
    [404, { body: JSON.stringify({ error: { code: 'model_not_found' } }) }],
    [404, { body: 'nothing here' }],
  ])('follows status %i of one deployment, elsewhere alone (%j)', async (status, more) => {
    first.enqueue({ status, ...more });
    const response = await chat('pair');
    expect([response.status, response.headers['x-litellm-model-id']]).toEqual([200, 'second']);
    expect(response.headers['x-litellm-attempted-retries']).toBe('1');
    expect(relay.spend.kinds).toEqual(['open', 'settle', 'open', 'settle']);
    first.enqueue({ status, ...more });
    expect((await chat('single')).status).toBe(status === 404 ? 404 : 502);
    expect(relay.spend.kinds).toHaveLength(6);
  });

  it('never follows an answer that broke off or bytes that were sent', async () => {
    const before = second.records.length;
    first.enqueue({ cutAfterBytes: 10 }, { cutAfterBytes: 300, chunks: 9 });
    expect((await chat('pair')).status).toBe(502);
    expect((await chat('pair', { stream: true })).text).toContain('"error"');
    expect(second.records).toHaveLength(before);
  });

  it.each([
    ['in time', { hang: 'before-head' }],
    ['before the connection was cut', { cutBeforeHead: true }],
  ] as const)(
    'goes to another deployment where no head came %s, and the first is booked by its input',
    async (_when, behaviour) => {
      first.enqueue(behaviour, behaviour);
      for (const extra of [{}, { stream: true }]) {
        relay.spend.events.length = 0;
        const response = await chat('pair', extra);
        expect([response.status, response.headers['x-litellm-model-id']]).toEqual([200, 'second']);
        expect(relay.spend.kinds).toEqual(['open', 'settle', 'open', 'settle']);
        expect(relay.spend.outcomes).toEqual([
          expect.objectContaining({
            usageSource: 'estimate',
            usage: expect.objectContaining({ outputTokens: 0 }),
            succeeded: false,
            upstreamStatus: null,
          }),
          expect.objectContaining({ usageSource: 'provider', succeeded: true }),
        ]);
      }
    },
  );

  it('is not made at a deployment from which no head came', async () => {
    first.enqueue({ hang: 'before-head' });
    expect((await chat('single')).status).toBe(504);
    first.enqueue({ status: 503 });
    second.enqueue({ cutBeforeHead: true });
    const response = await chat('pair');
    expect([response.status, JSON.parse(response.text).error.reason]).toEqual([
      502,
      'upstream_unreachable',
    ]);
    expect(relay.spend.kinds).toEqual(['open', 'settle', 'open', 'settle', 'open', 'settle']);
  });

  it('goes to the same deployment when it is the only one', async () => {
    first.enqueue({ status: 503, headers: { 'retry-after': '0' } });
    expect((await chat('single')).status).toBe(200);
    expect(relay.spend.intents.map(({ deploymentId }) => deploymentId)).toEqual(['alone', 'alone']);
  });

  it('does not go to a deployment that asks for a long pause', async () => {
    first.enqueue({ status: 429, headers: { 'retry-after': '60' } });
    expect((await chat('single')).status).toBe(429);
  });

  it('is made at most num_retries times, and the last answer is passed on', async () => {
    first.enqueue({ status: 503 });
    second.enqueue({ status: 500 });
    const response = await chat('pair');
    expect(response.status).toBe(500);
    expect(response.headers).toMatchObject({
      'x-litellm-model-id': 'second',
      'x-gatehouse-error-source': 'upstream',
    });
  });

  it('that reaches no upstream either is 502 and leaves no entry', async () => {
    const response = await chat('dead');
    expect(response.status).toBe(502);
    expect(JSON.parse(response.text).error).toMatchObject({
      reason: 'upstream_unreachable',
      type: 'upstream_error',
    });
    expect(relay.spend.kinds).toEqual(['open', 'release', 'open', 'release']);
  });
});

describe('gatehouse.spend.unpriced_models: deny', () => {
  it('refuses a model of unknown price before anything is written or sent', async () => {
    const upstream = await startFakeUpstream();
    const relay = await startRelay(`model_list:
  - model_name: unpriced
    litellm_params: { model: custom_openai/unknown-model, api_base: "${upstream.url}/v1", api_key: k }
gatehouse: { spend: { unpriced_models: deny } }
`);
    const response = await post(relay.chatUrl, { model: 'unpriced', messages: MESSAGES }).answer();
    expect(response.status).toBe(403);
    expect(JSON.parse(response.text).error.reason).toBe('price_unknown');
    expect([upstream.records.length, relay.spend.events.length, relay.commits.length]).toEqual([
      0, 0, 0,
    ]);
    await relay.stop();
    await upstream.close();
  });
});
