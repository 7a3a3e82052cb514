import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '#support/eventually';
import type { FakeBehaviour } from '#support/fake-behaviour';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { post, type RawCall } from '#support/raw-client';
import { startRelay, type RelayHarness } from '#support/relay-harness';

const MESSAGES = [{ role: 'user', content: 'hello' }];

function yaml(url: string): string {
  return `model_list:
  - model_name: test
    litellm_params: { model: openai/real, api_base: "${url}/v1", api_key: k,
      input_cost_per_token: 0.00000123, output_cost_per_token: 0.00000777 }
router_settings: { num_retries: 3 }
`;
}

/** Servers of this process that have got a request, by port. */
const servers = new Map<string, Server>();

function noteServer(message: unknown): void {
  const { server } = message as { server: Server };
  servers.set(String((server.address() as AddressInfo).port), server);
}

describe('a shutdown past its grace time', () => {
  let upstream: FakeUpstream;
  let relay: RelayHarness;

  beforeAll(() => {
    subscribe('http.server.request.start', noteServer);
  });

  afterAll(() => {
    unsubscribe('http.server.request.start', noteServer);
  });

  // A relay that has ended its calls takes no others, so every test has one of its own.
  beforeEach(async () => {
    upstream = await startFakeUpstream();
    relay = await startRelay(yaml(upstream.url));
  });

  afterEach(async () => {
    await relay.stop();
    await upstream.close();
  });

  const start = (behaviour: FakeBehaviour, extra: object = {}): RawCall =>
    post(relay.chatUrl, {
      model: 'test',
      messages: MESSAGES,
      ...upstream.behaviour(behaviour),
      ...extra,
    });

  async function end(): Promise<void> {
    expect(await relay.unsettledCalls.drained(1)).toBe(false);
    relay.unsettledCalls.endAll();
    expect(await relay.unsettledCalls.drained(2_000)).toBe(true);
  }

  const reasonOf = (text: string): unknown => JSON.parse(text).error.reason;

  it('ends a stream with the error event and books what was read of it', async () => {
    const call = start({ chunks: 1_000, delayMs: 10 }, { stream: true });
    const head = await call.head;
    const first = await new Promise<Buffer>((resolve) => head.once('data', resolve));
    const response = call.answer();
    await end();
    const { text, isComplete } = await response;
    expect(isComplete).toBe(true);
    expect(text).not.toContain('[DONE]');
    const event = /data: (\{"error":.*\})\n\n$/.exec(`${first.toString()}${text}`);
    expect(JSON.parse(event?.[1] ?? '').error).toMatchObject({
      reason: 'shutting_down',
      code: '503',
    });
    const [outcome] = relay.spend.outcomes;
    expect(outcome).toMatchObject({ usageSource: 'estimate', succeeded: false });
    expect(outcome?.usage?.outputTokens).toBeGreaterThan(0);
    expect(outcome?.usage?.outputTokens).toBeLessThan(1_000);
    await eventually(() => expect(upstream.records[0]?.state).toBe('aborted'));
  });

  it('delivers the error event even if connections are closed right behind it', async () => {
    const call = start({ hang: 'after-first-chunk' }, { stream: true });
    const head = await call.head;
    await new Promise((resolve) => head.once('data', resolve));
    const response = call.answer();
    await end();
    servers.get(new URL(relay.url).port)?.closeAllConnections();
    expect((await response).text).toMatch(/"reason":"shutting_down"\}\}\n\n$/);
  });

  it.each<[string, FakeBehaviour, object]>([
    ['a plain call', { hang: 'before-head' }, {}],
    ['a plain call whose head has come', { hang: 'after-head' }, {}],
    ['a stream without its first byte', { hang: 'after-head' }, { stream: true }],
  ])('answers %s with 503 and books the estimate', async (_what, behaviour, extra) => {
    const call = start(behaviour, extra);
    await eventually(() => expect(upstream.records).toHaveLength(1));
    const response = call.answer();
    await end();
    servers.get(new URL(relay.url).port)?.closeAllConnections();
    const { status, text } = await response;
    expect(status).toBe(503);
    expect(reasonOf(text)).toBe('shutting_down');
    expect(relay.spend.kinds).toEqual(['open', 'settle']);
    expect(relay.spend.outcomes[0]).toMatchObject({ usageSource: 'estimate', succeeded: false });
  });

  it.each([{ stream: true }, { stream: false }])(
    'books the estimate of a call that is drained for a client that has gone (%j)',
    async (extra) => {
      const hang = extra.stream ? 'after-first-chunk' : 'after-head';
      const call = start({ hang }, extra);
      await eventually(() => expect(upstream.records).toHaveLength(1));
      if (extra.stream) await call.head;
      call.request.destroy();
      await eventually(async () => expect(await relay.connections()).toBe(0));
      await end();
      expect(relay.spend.kinds).toEqual(['open', 'settle']);
      expect(relay.spend.outcomes[0]).toMatchObject({ usageSource: 'estimate', succeeded: false });
    },
  );

  it('does not wait for a client that does not read', async () => {
    const call = start({ chunks: 400, chunkLength: 64_000 }, { stream: true });
    (await call.head).pause();
    await eventually(() => expect(upstream.records[0]?.backlogBytes).toBeGreaterThan(0));
    await end();
    expect(relay.spend.outcomes[0]).toMatchObject({ usageSource: 'estimate', succeeded: false });
    call.request.destroy();
  });

  it('sends nothing for a call whose intent becomes durable too late', async () => {
    let release: () => void = () => undefined;
    let isOpening = false;
    const gate = new Promise<void>((resolve) => (release = resolve));
    relay.spend.beforeOpen = async () => {
      isOpening = true;
      await gate;
    };
    const response = start({}).answer();
    await eventually(() => expect(isOpening).toBe(true));
    relay.unsettledCalls.endAll();
    release();
    expect(reasonOf((await response).text)).toBe('shutting_down');
    expect(relay.spend.kinds).toEqual(['open', 'release']);
    expect(upstream.records).toHaveLength(0);
  });

  it('cuts the pause before another attempt short', async () => {
    const response = start({ status: 500, headers: { 'retry-after': '2' } }).answer();
    await eventually(() => expect(relay.spend.kinds).toEqual(['open', 'settle']));
    const before = performance.now();
    await end();
    expect(performance.now() - before).toBeLessThan(1_500);
    expect(reasonOf((await response).text)).toBe('shutting_down');
    expect(upstream.records).toHaveLength(1);
  });

  it('refuses calls that come later before anything is written', async () => {
    relay.unsettledCalls.endAll();
    const { status, text } = await start({}).answer();
    expect(status).toBe(503);
    expect(reasonOf(text)).toBe('shutting_down');
    expect(relay.commits).toEqual([]);
    expect(relay.spend.events).toEqual([]);
  });
});
