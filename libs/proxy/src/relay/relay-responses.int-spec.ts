import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { operationUsage, responseObject, typedEvents } from '#support/fake-operations';
import { post } from '#support/raw-client';
import { relayConfiguration, startRelay, type RelayHarness } from '#support/relay-harness';

const CALL = {
  id: '1',
  path: '',
  model: 'm',
  promptTokens: 11,
  cachedTokens: 4,
  completionTokens: 6,
};
/** 7 × 0.00000123 + 4 × 0.000000456 + 6 × 0.00000777 */
const COST = 57_054_000n;
const SEARCHED = [
  { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search' } },
  { type: 'web_search_call', id: 'ws_2', status: 'completed', action: { type: 'open_page' } },
  { type: 'web_search_call', id: 'ws_3', status: 'completed', action: { type: 'search' } },
];

/** Longer than what is parsed always. */
const LONG = { role: 'user', content: 'x'.repeat(1_100_000) };
/** Its type is written with an escape. */
const ESCAPED = { id: 'item_1', type: 'item:u005freference' };

describe('responses', () => {
  let upstream: FakeUpstream;
  let relay: RelayHarness;

  beforeAll(async () => {
    upstream = await startFakeUpstream();
    const further = `  - model_name: searching
    litellm_params: { model: openai/real-model, api_base: "${upstream.url}/v1", api_key: k,
      input_cost_per_token: 0, output_cost_per_token: 0, search_context_cost_per_query: {
        search_context_size_low: 0.01, search_context_size_medium: 0.02, search_context_size_high: 0.03 } }
  - model_name: azure
    litellm_params: { model: azure/one, api_base: "${upstream.url}", api_key: k, api_version: "2025-04-01-preview" }
`;
    relay = await startRelay(relayConfiguration(upstream.url, further));
  });

  afterAll(async () => {
    await relay.stop();
    await upstream.close();
  });

  beforeEach(() => {
    relay.spend.events.length = 0;
  });

  const call = (body: object, path = '/v1/responses') =>
    post(`${relay.url}${path}`, { model: 'test', input: 'hello there', ...body }).answer();
  const tokens = upstreamTokens();

  it.each(['/v1/responses', '/responses', '/openai/v1/responses'])(
    'are the upstream’s bytes at %s, booked by its usage',
    async (path) => {
      const metadata = { topic: 'demo' };
      const response = await call({ store: false, metadata, ...upstream.behaviour(tokens) }, path);
      const record = upstream.records.at(-1);
      expect([response.status, response.bytes.equals(record?.sent ?? Buffer.alloc(0))]).toEqual([
        200,
        true,
      ]);
      expect(record?.path).toBe('/v1/responses');
      expect(JSON.parse(record?.requestBytes.toString() ?? '')).toMatchObject({
        model: 'real-model',
        store: false,
        metadata,
      });
      expect(response.headers['x-litellm-response-cost']).toBe('0.000057054000');
      expect(relay.spend.intents).toMatchObject([{ callType: 'aresponses' }]);
      expect(relay.spend.outcomes).toMatchObject([
        { costPico: COST, usageSource: 'provider', isPriced: true, succeeded: true },
      ]);
    },
  );

  it('that break off end with an error event of their API, next in order', async () => {
    const created = { type: 'response.created', sequence_number: 0, response: { id: 'r' } };
    const delta = { type: 'response.output_text.delta', sequence_number: 1, delta: 'x' };
    const sent = typedEvents(created, delta);
    upstream.enqueue({ body: sent + typedEvents(delta), cutAfterBytes: sent.length + 20 });
    const { text } = await call({ stream: true });
    expect(text.startsWith(`${sent}event: error\ndata: {`)).toBe(true);
    const event = JSON.parse(text.slice(sent.length + 'event: error\ndata: '.length)) as {
      readonly error: object;
    };
    expect(event).toMatchObject({
      type: 'error',
      code: 'upstream_invalid',
      message: 'message' in event.error && event.error.message,
      param: null,
      sequence_number: 2,
      error: { reason: 'upstream_invalid', code: '502' },
    });
  });

  it.each([1, 7, 4_096])('stream the upstream’s bytes in pieces of %p', async (splitEvery) => {
    const response = await call({ stream: true, ...upstream.behaviour({ ...tokens, splitEvery }) });
    const record = upstream.records.at(-1);
    expect(response.bytes.toString()).toBe(record?.sent.toString());
    expect(record?.requestBytes.toString()).not.toContain('stream_options');
    expect(relay.spend.outcomes).toMatchObject([
      {
        costPico: COST,
        usageSource: 'provider',
        usage: {
          inputTokens: 11,
          cachedInputTokens: 4,
          outputTokens: 6,
          details: { reasoning: 1 },
        },
      },
    ]);
  });

  it.each(['response.incomplete', 'response.failed'])('end with %s and its usage', async (type) => {
    const last = { type, response: responseObject(CALL, { service_tier: 'default' }) };
    upstream.enqueue(eventsOf(typedEvents(last)));
    await call({ stream: true });
    expect(relay.spend.outcomes).toMatchObject([{ costPico: COST, usageSource: 'provider' }]);
  });

  it('are read from a last event of megabytes, which comes once it is booked', async () => {
    const picture = { type: 'image_generation_call', result: 'A'.repeat(2_000_000) };
    const last = {
      type: 'response.completed',
      response: responseObject(CALL, { output: [picture] }),
    };
    upstream.enqueue(eventsOf(typedEvents(last)));
    const response = await call({ stream: true });
    expect(response.bytes.toString()).toBe(typedEvents(last));
    expect(relay.spend.outcomes).toMatchObject([{ costPico: COST, usageSource: 'provider' }]);
  });

  it('have ended with their last event, whether or not the upstream closes the connection', async () => {
    const body = typedEvents({
      type: 'response.completed',
      response: responseObject(CALL),
    } as never);
    upstream.enqueue({ ...eventsOf(body), staysOpen: true });
    const response = await call({ stream: true });
    expect(response.bytes.toString()).toBe(body);
    expect(relay.spend.outcomes).toMatchObject([{ costPico: COST, succeeded: true }]);
  });

  it('are estimated by their pieces where the stream breaks off', async () => {
    upstream.enqueue({ cutAfterBytes: 1_000 });
    const response = await call({ stream: true });
    expect(response.bytes.toString()).toContain('upstream_');
    expect(relay.spend.outcomes).toMatchObject([
      { usageSource: 'estimate', succeeded: false, usage: { inputTokens: 3 } },
    ]);
  });

  it('cost nothing where the upstream failed before any output and reports no usage', async () => {
    const failed = responseObject(CALL, {
      status: 'failed',
      error: { code: 'server_error' },
      usage: null,
    });
    const created = { type: 'response.created', response: failed };
    upstream.enqueue(
      eventsOf(typedEvents(created, { type: 'response.failed', response: failed } as never)),
    );
    await call({ stream: true });
    expect(relay.spend.outcomes).toMatchObject([{ costPico: 0n, usage: null, succeeded: false }]);
  });

  it.each([
    ['the calls of its tool', {}, 'medium', 40_000_000_000n],
    ['its own count', { tool_usage: { web_search: { num_requests: 3 } } }, 'low', 30_000_000_000n],
    ['its own count of none', { tool_usage: { web_search: { num_requests: 0 } } }, 'high', 0n],
  ])('are billed for web searches by %s', async (_what, further, size, cost) => {
    const response = responseObject(CALL, { output: SEARCHED, ...further });
    const tools = [{ type: 'web_search', search_context_size: size }];
    upstream.enqueue({ body: JSON.stringify(response) });
    await call({ model: 'searching', tools, max_tool_calls: 4 });
    upstream.enqueue(eventsOf(typedEvents({ type: 'response.completed', response } as never)));
    await call({ model: 'searching', tools, stream: true });
    expect(relay.spend.outcomes).toMatchObject([{ costPico: cost }, { costPico: cost }]);
    const price = size === 'low' ? 10n : size === 'medium' ? 20n : 30n;
    const held = relay.spend.intents.map(({ reservedPico }) => reservedPico / 1_000_000_000n);
    expect(held).toEqual([4n * price, 50n * price]);
  });

  it('hold the bytes of their input and the bound of their output', async () => {
    await call({ max_output_tokens: 100 });
    await call({ max_output_tokens: 100, prompt: { id: 'pmpt_1' } });
    const bytes = BigInt(upstream.records.at(-2)?.requestBytes.length ?? 0);
    const [plain, continued] = relay.spend.intents.map(({ reservedPico }) => reservedPico);
    expect(plain).toBe(bytes * 1_230_000n + 100n * 7_770_000n);
    // What a stored prompt holds is not known: the default reservation.
    expect(continued).toBe(50_000_000_000n);
  });

  it.each([
    ['background', { background: true, store: false }],
    ['background', { background: 'yes' }],
    ['input', { input: 7 }],
    ['Input', { Input: 'x' }],
    ['max_output_tokens', { max_output_tokens: 0 }],
    ['stream', { stream: 'yes' }],
    ['api_base', { api_base: 'https://x.example' }],
  ])('are refused for %s before anything is sent', async (param, body) => {
    const before = upstream.records.length;
    const response = await call(body);
    expect(response.status).toBe(400);
    expect(JSON.parse(response.bytes.toString())).toMatchObject({
      error: { reason: 'request_invalid', param },
    });
    expect([upstream.records.length, relay.spend.events]).toEqual([before, []]);
  });

  it.each([
    ['previous_response_id', { previous_response_id: 'resp_none' }],
    ['conversation', { conversation: { id: 'conv_1' } }],
    ['conversation', { conversation: 'conv_1' }],
    ['input', { input: [{ type: 'item_reference', id: 'item_1' }] }],
    ['input', { input: [{ id: 'item_1' }] }],
    ['input', { input: [{ type: null, id: 'item_1' }, LONG] }],
    ['input', { input: [LONG, { id: 'item_1', type: 'item_reference' }] }],
    ['input', { input: [LONG, ESCAPED] }],
  ])('are 404 where %s names what the caller has not made', async (param, body) => {
    const before = upstream.records.length;
    const text = JSON.stringify({ model: 'test', ...body }).replaceAll(':u005f', '\\u005f');
    const response = await post(`${relay.url}/v1/responses`, Buffer.from(text)).answer();
    expect(response.status).toBe(404);
    expect(JSON.parse(response.bytes.toString())).toMatchObject({
      error: { reason: 'not_found', param },
    });
    expect([upstream.records.length, relay.spend.events]).toEqual([before, []]);
  });

  it.each([false, true])(
    'are bound with their items before the client learns of them (streamed: %p)',
    async (stream) => {
      relay.objects.bound.length = 0;
      const gate = Promise.withResolvers<undefined>();
      relay.objects.beforeBind = () => gate.promise;
      const { head } = post(`${relay.url}/v1/responses`, { model: 'test', input: 'x', stream });
      const received: Buffer[] = [];
      const whole = head.then(async (message) => {
        for await (const chunk of message) received.push(chunk as Buffer);
      });
      await eventually(() => {
        expect(upstream.records.at(-1)?.state).toBe('complete');
      });
      expect(Buffer.concat(received).toString()).not.toContain('resp_');
      gate.resolve(undefined);
      await whole;
      relay.objects.beforeBind = null;
      const { id = '', sent = Buffer.alloc(0) } = upstream.records.at(-1) ?? {};
      expect(Buffer.concat(received).equals(sent)).toBe(true);
      expect(relay.objects.bound).toMatchObject([
        { kind: 'response', upstreamId: `resp_${id}`, deploymentId: 'dep-1', modelGroup: 'test' },
        { kind: 'item', upstreamId: `msg_${id}` },
      ]);
    },
  );

  it('bind nothing where the upstream keeps nothing', async () => {
    relay.objects.bound.length = 0;
    await call({ store: false });
    await call({ store: false, stream: true });
    expect(relay.objects.bound).toEqual([]);
  });

  it('ask Azure for the operation of the resource', async () => {
    await call({ model: 'azure' });
    expect(upstream.records.at(-1)).toMatchObject({
      path: '/openai/responses?api-version=2025-04-01-preview',
      model: 'one',
    });
  });

  it.each(['/v1/responses/compact', '/responses/compact'])('are compacted at %s', async (path) => {
    const response = await call({ ...upstream.behaviour(tokens) }, path);
    expect(JSON.parse(response.bytes.toString())).toMatchObject({
      object: 'response.compaction',
      usage: operationUsage(CALL),
    });
    expect(upstream.records.at(-1)?.path).toBe('/v1/responses/compact');
    expect(relay.spend.intents).toMatchObject([{ callType: 'acompact_responses' }]);
    expect(relay.spend.outcomes).toMatchObject([{ costPico: COST, usageSource: 'provider' }]);
  });
});

function upstreamTokens() {
  const { promptTokens, cachedTokens, completionTokens } = CALL;
  return { promptTokens, cachedTokens, completionTokens };
}

function eventsOf(body: string) {
  return { body, headers: { 'content-type': 'text/event-stream' } };
}
