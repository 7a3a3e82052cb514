import { eventually } from '#support/eventually';
import type { FakeBehaviour } from '#support/fake-behaviour';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { post, type RawCall } from '#support/raw-client';
import { startRelay, type RelayHarness } from '#support/relay-harness';

const MESSAGES = [{ role: 'user', content: 'hello' }];

function yaml(url: string, spend: string): string {
  return `model_list:
  - model_name: test
    litellm_params: { model: openai/real, api_base: "${url}/v1", api_key: k,
      input_cost_per_token: 0.00000123, output_cost_per_token: 0.00000777 }
gatehouse: { spend: { ${spend} } }
`;
}

describe.each([
  ['drain', 'client_abort: drain'],
  ['cancel', 'client_abort: cancel'],
])('a client that leaves, with client_abort: %s', (policy, setting) => {
  let upstream: FakeUpstream;
  let relay: RelayHarness;

  beforeAll(async () => {
    upstream = await startFakeUpstream();
    relay = await startRelay(yaml(upstream.url, setting));
  });

  afterAll(async () => {
    await relay.stop();
    await upstream.close();
  });

  beforeEach(() => {
    relay.spend.events.length = 0;
  });

  const start = (behaviour: FakeBehaviour, extra: object): RawCall =>
    post(relay.chatUrl, {
      model: 'test',
      messages: MESSAGES,
      ...upstream.behaviour(behaviour),
      ...extra,
    });

  async function expectBooked(): Promise<void> {
    const record = upstream.records.at(-1);
    await eventually(() => expect(relay.unsettledCalls.count()).toBe(0));
    expect(relay.spend.kinds).toEqual(['open', 'settle']);
    const [outcome] = relay.spend.outcomes;
    if (policy === 'drain') {
      expect(record?.state).toBe('complete');
      expect(outcome).toMatchObject({
        usageSource: 'provider',
        usage: { inputTokens: record?.promptTokens, outputTokens: record?.completionTokens },
      });
    } else {
      await eventually(() => expect(record?.state).toBe('aborted'));
      expect(outcome).toMatchObject({ usageSource: 'estimate', succeeded: false });
      expect(outcome?.costPico).toBeGreaterThan(0n);
    }
  }

  it('in the middle of a stream is billed', async () => {
    const call = start({ chunks: 20, delayMs: 15 }, { stream: true });
    const head = await call.head;
    await new Promise((resolve) => head.once('data', resolve));
    expect(relay.unsettledCalls.count()).toBe(1);
    call.request.destroy();
    await expectBooked();
  });

  it('before the first byte of a stream is billed', async () => {
    const before = upstream.records.length;
    const call = start({ firstDelayMs: 150 }, { stream: true });
    await eventually(() => expect(upstream.records).toHaveLength(before + 1));
    call.request.destroy();
    await expectBooked();
  });

  it('while it waits for a plain answer is billed', async () => {
    const before = upstream.records.length;
    const call = start({ delayMs: 150 }, {});
    await eventually(() => expect(upstream.records).toHaveLength(before + 1));
    call.request.destroy();
    await expectBooked();
  });

  it('without having read anything does not stall the draining', async () => {
    const call = start({ chunks: 300, chunkLength: 64_000 }, { stream: true });
    (await call.head).pause();
    const record = upstream.records.at(-1);
    await eventually(() => expect(record?.backlogBytes).toBeGreaterThan(0));
    call.request.destroy();
    await expectBooked();
  });

  it('before the intent is durable costs nothing', async () => {
    const before = upstream.records.length;
    let release: () => void = () => undefined;
    let isOpening = false;
    const gate = new Promise<void>((resolve) => (release = resolve));
    relay.spend.beforeOpen = async () => {
      isOpening = true;
      await gate;
    };
    const call = start({}, {});
    await eventually(() => expect(isOpening).toBe(true));
    call.request.destroy();
    await eventually(async () => expect(await relay.connections()).toBe(0));
    relay.spend.beforeOpen = null;
    release();
    await eventually(() => expect(relay.unsettledCalls.count()).toBe(0));
    expect(relay.spend.kinds).toEqual(['open', 'release']);
    expect(upstream.records).toHaveLength(before);
  });
});

describe('a client that leaves a stream that does not end', () => {
  it('is billed the estimate after the drain limit', async () => {
    const upstream = await startFakeUpstream();
    const relay = await startRelay(yaml(upstream.url, 'drain_limit_seconds: 1'));
    const call = post(relay.chatUrl, {
      model: 'test',
      stream: true,
      messages: MESSAGES,
      ...upstream.behaviour({ hang: 'after-first-chunk' }),
    });
    const head = await call.head;
    await new Promise((resolve) => head.once('data', resolve));
    call.request.destroy();
    await eventually(() => expect(upstream.records[0]?.state).toBe('aborted'));
    expect(await relay.unsettledCalls.drained(1_000)).toBe(true);
    expect(relay.spend.outcomes[0]).toMatchObject({ usageSource: 'estimate', succeeded: false });
    await relay.stop();
    await upstream.close();
  });
});
