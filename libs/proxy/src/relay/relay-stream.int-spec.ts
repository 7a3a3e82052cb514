import { eventually } from '#support/eventually';
import type { FakeBehaviour } from '#support/fake-behaviour';
import { post, type RawAnswer } from '#support/raw-client';
import { describeRelay } from '#support/relay-harness';

const MESSAGES = [{ role: 'user', content: 'hello' }];
const PRICES = 'input_cost_per_token: 0.00000123, output_cost_per_token: 0.00000777';

function yaml(url: string): string {
  return `model_list:
  - model_name: test
    litellm_params: { model: openai/real, api_base: "${url}/v1", api_key: k, region_name: eu-west-1, stream_timeout: 50, ${PRICES} }
    model_info: { id: dep-1 }
  - model_name: old-azure
    litellm_params: { model: azure/real, api_base: "${url}", api_key: k, api_version: "2024-06-01", ${PRICES} }
  - model_name: alive
    litellm_params: { model: openai/real, api_base: "${url}/v1", api_key: k, keepalive_seconds: 1, ${PRICES} }
  - model_name: overridden
    litellm_params: { model: openai/real, api_base: "${url}/v1", api_key: k, allow_client_keepalive_override: true, ${PRICES} }
  - model_name: hasty
    litellm_params: { model: openai/real, api_base: "${url}/v1", api_key: k, stream_timeout: 0.2, timeout: 0.5, ${PRICES} }
router_settings: { num_retries: 0 }
`;
}

const ERROR_EVENT = /data: (\{"error":.*\})\n\n$/;

describeRelay('streams', yaml, (relay, upstream) => {
  const start = (behaviour: FakeBehaviour, extra: object = {}) =>
    post(relay().chatUrl, {
      model: 'test',
      stream: true,
      messages: MESSAGES,
      ...upstream().behaviour(behaviour),
      ...extra,
    });
  const stream = (behaviour: FakeBehaviour, extra: object = {}): Promise<RawAnswer> =>
    start(behaviour, extra).answer();
  const sent = (): string => upstream().records.at(-1)?.sent.toString() ?? '';

  const ASKING = { stream_options: { include_usage: true } };

  it.each([1, 7, 64, 100_000])(
    'are the upstream’s bytes when the client asked for usage, in pieces of %i bytes',
    async (splitEvery) => {
      const response = await stream({ splitEvery, chunks: 4 }, ASKING);
      expect(response.text).toBe(sent());
      expect(response.isComplete).toBe(true);
      expect(relay().spend.outcomes[0]).toMatchObject({ usageSource: 'provider', succeeded: true });
    },
  );

  it.each(['\n', '\r\n', '\r'] as const)(
    'lose exactly the usage event that only the gateway asked for (line end %j)',
    async (lineEnd) => {
      for (const splitEvery of [1, 13, 100_000]) {
        const response = await stream({ lineEnd, splitEvery });
        const events = sent().split(`${lineEnd}${lineEnd}`);
        const expected = events.filter((event) => !event.includes('"choices":[],'));
        expect(events).toHaveLength(expected.length + 1);
        expect(response.text).toBe(expected.join(`${lineEnd}${lineEnd}`));
      }
      expect(relay().spend.outcomes.map(({ usageSource }) => usageSource)).toEqual(
        Array(3).fill('provider'),
      );
    },
  );

  it('ask for usage upstream, and only there where it is known', async () => {
    await stream({});
    expect(JSON.parse(upstream().records.at(-1)?.requestBytes.toString() ?? '')).toMatchObject({
      stream_options: { include_usage: true },
    });
    await stream({}, { model: 'old-azure' });
    expect(upstream().records.at(-1)?.requestBytes.toString()).not.toContain('stream_options');
    expect(relay().spend.outcomes.at(-1)).toMatchObject({
      usageSource: 'estimate',
      succeeded: true,
    });
  });

  it('carry the headers of a stream', async () => {
    const { headers } = await stream({});
    expect(headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
      'x-litellm-model-id': 'dep-1',
      'x-litellm-model-region': 'eu',
      'x-litellm-timeout': '50',
      'x-litellm-overhead-duration-ms': expect.stringMatching(/^\d+\.\d\d$/) as string,
    });
    expect(headers['x-litellm-response-cost']).toBeUndefined();
    expect(headers['content-length']).toBeUndefined();
  });

  it('pass each event on when it comes and not later', async () => {
    const call = start({ hang: 'after-first-chunk' });
    const head = await call.head;
    const first = await new Promise<Buffer>((resolve) => head.once('data', resolve));
    expect(first.toString()).toBe(sent());
    call.request.destroy();
  });

  it('end only after the settlement is in the journal', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    relay().spend.beforeSettle = () => gate;
    const head = await start({}).head;
    let text = '';
    head.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const ended = new Promise<void>((resolve) => head.once('end', resolve));
    await eventually(() => expect(text).toContain('"finish_reason":"stop"'));
    await eventually(() => expect(upstream().records.at(-1)?.state).toBe('complete'));
    await new Promise(setImmediate);
    expect(text).not.toContain('[DONE]');
    relay().spend.beforeSettle = null;
    release();
    await ended;
    expect(text).toMatch(/data: \[DONE\]\n\n$/);
  });

  it('whose settlement cannot be written do not end as if they were whole', async () => {
    relay().spend.beforeSettle = () => Promise.reject(new Error('disk full'));
    const response = await stream({});
    relay().spend.beforeSettle = null;
    expect(response.isComplete).toBe(false);
    expect(response.text).not.toContain('[DONE]');
  });

  it('that break off end with one error event and no [DONE]', async () => {
    const response = await stream({ cutAfterBytes: 500, chunks: 10 });
    const event = ERROR_EVENT.exec(response.text);
    expect(JSON.parse(event?.[1] ?? '').error).toMatchObject({
      reason: 'upstream_invalid',
      code: '502',
      type: 'upstream_error',
      param: null,
    });
    const before = response.text.replace(ERROR_EVENT, '');
    expect(sent().startsWith(before)).toBe(true);
    expect(before.endsWith('\n\n')).toBe(true);
    expect(response.text).not.toContain('[DONE]');
    const [outcome] = relay().spend.outcomes;
    expect(outcome).toMatchObject({ usageSource: 'estimate', succeeded: false });
    expect(outcome?.usage?.outputTokens).toBeGreaterThan(0);
    expect(relay().states.at(-1)?.log['reason']).toBe('upstream_invalid');
  });

  it('that break off after the usage are booked with it', async () => {
    await stream({}, ASKING);
    const whole = sent();
    relay().spend.events.length = 0;
    const response = await stream({ cutAfterBytes: whole.indexOf('data: [DONE]') }, ASKING);
    expect(response.text).toMatch(ERROR_EVENT);
    expect(relay().spend.outcomes[0]).toMatchObject({ usageSource: 'provider', succeeded: false });
  });

  it('that break off before the first byte are answered with a status', async () => {
    const response = await stream({ cutAfterBytes: 0 });
    expect(response.status).toBe(502);
    expect(response.headers['content-type']).toMatch(/application\/json/);
    expect(relay().spend.outcomes[0]).toMatchObject({ usageSource: 'none' });
  });

  it('whose upstream keeps the connection open behind [DONE] end nevertheless', async () => {
    const response = await stream({ staysOpen: true });
    expect(response.text).toMatch(/data: \[DONE\]\n\n$/);
    expect(response.isComplete).toBe(true);
    expect(relay().spend.outcomes[0]).toMatchObject({ usageSource: 'provider', succeeded: true });
  });

  it('with a finish and without [DONE] are passed on as they are', async () => {
    const body =
      'data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n: ping\n\ndata: half';
    expect((await stream({ body })).text).toBe(body);
    expect(relay().spend.outcomes).toMatchObject([{ succeeded: true }]);
  });

  it('whose connection ends in order without a finish end with an error event, and are a failure', async () => {
    const body = 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n';
    const { text } = await stream({ body: `${body}data: half` });
    const event = text.slice(body.length);
    expect(text.startsWith(body)).toBe(true);
    expect(JSON.parse(event.replace('data: ', '')).error.reason).toBe('upstream_invalid');
    expect(relay().spend.outcomes).toMatchObject([
      { usageSource: 'estimate', succeeded: false, upstreamStatus: 200 },
    ]);
  });

  it('that are answered with plain JSON are passed on as such', async () => {
    const response = await stream({ swapsForm: true });
    expect(response.headers['content-type']).toBe('application/json');
    expect(response.text).toBe(sent());
    expect(relay().spend.outcomes[0]).toMatchObject({ usageSource: 'provider' });
  });

  it.each(['application/json', 'text/plain'])(
    'that come as %s are booked with their usage, and lose its event',
    async (type) => {
      const headers = { 'content-type': type };
      const response = await stream({ headers });
      const events = sent().split('\n\n');
      const kept = events.filter((event) => !event.includes('"choices":[],'));
      expect(kept).toHaveLength(events.length - 1);
      expect(response.text).toBe(kept.join('\n\n'));
      expect(response.headers['content-type']).toBe(type);
      expect((await stream({ headers }, ASKING)).text).toBe(sent());
      expect(relay().spend.outcomes).toMatchObject(
        Array(2).fill({ usageSource: 'provider', succeeded: true }),
      );
    },
  );

  it('that the upstream refuses keep its status and body', async () => {
    const response = await stream({ status: 400 });
    expect(response.status).toBe(400);
    expect(response.text).toBe(sent());
  });

  it('find usage that is written with spaces', async () => {
    await stream({ isSpaced: true, splitEvery: 5 });
    expect(relay().spend.outcomes[0]).toMatchObject({ usageSource: 'provider' });
  });

  it('that are not compressed as they claim are refused', async () => {
    const response = await stream({ headers: { 'content-encoding': 'gzip' } });
    expect(response.status).toBe(502);
  });

  it.each(['before-head', 'after-head'] as const)(
    'that hang %s are 504 after the stream timeout',
    async (hang) => {
      const response = await stream({ hang }, { model: 'hasty' });
      expect(response.status).toBe(504);
      await eventually(() => expect(upstream().records.at(-1)?.state).toBe('aborted'));
    },
  );

  it('that hang later end with an error event after the stream timeout', async () => {
    const response = await stream({ hang: 'after-first-chunk' }, { model: 'hasty' });
    const event = ERROR_EVENT.exec(response.text);
    expect(JSON.parse(event?.[1] ?? '').error.reason).toBe('upstream_timeout');
  });

  it('get signs of life while the upstream is silent, before the first event and after it', async () => {
    const texts: [string, string] = ['', ''];
    const calls = [
      start({ hang: 'after-head' }, { model: 'alive' }),
      start({ hang: 'after-first-chunk' }, { model: 'overridden', keepalive_seconds: 1 }),
    ];
    const heads = await Promise.all(calls.map(({ head }) => head));
    heads[0]?.on('data', (chunk: Buffer) => (texts[0] += chunk.toString()));
    heads[1]?.on('data', (chunk: Buffer) => (texts[1] += chunk.toString()));
    await eventually(() => {
      expect(texts[0]).toBe(': ping\n\n');
      expect(texts[1]).toMatch(/^data: [^\n]+\n\n: ping\n\n$/);
    });
    expect(heads[0]?.headers).toMatchObject({ 'x-litellm-model-id': expect.any(String) as string });
    for (const { request } of calls) request.destroy();
  });

  it.each([0, 301, 1.5, '15'])('refuse %j as the seconds of a sign of life', async (seconds) => {
    const response = await stream({}, { keepalive_seconds: seconds });
    expect([response.status, response.text]).toEqual([
      400,
      expect.stringContaining('"param":"keepalive_seconds"'),
    ]);
  });

  it('wait for a client that does not read, and so does the upstream', async () => {
    const chunks = 400;
    const head = await start({ chunks, chunkLength: 64_000 }, ASKING).head;
    head.pause();
    const record = upstream().records.at(-1);
    await eventually(() => expect(record?.backlogBytes).toBeGreaterThan(0));
    const stalledAt = record?.sentBytes ?? 0;
    expect(stalledAt).toBeLessThan((chunks * 64_000) / 2);
    const parts: Buffer[] = [];
    head.on('data', (chunk: Buffer) => parts.push(chunk)).resume();
    await new Promise((resolve) => head.once('end', resolve));
    expect(Buffer.concat(parts).toString()).toBe(sent());
  });
});
