import { Withdrawal } from '#libs/access';
import { GatehouseError } from '#libs/common';
import { eventually } from '#support/eventually';
import type { FakeBehaviour } from '#support/fake-behaviour';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { post, type RawCall } from '#support/raw-client';
import { startRelay, type RelayHarness } from '#support/relay-harness';

function yaml(url: string, policy: string): string {
  return `model_list:
  - model_name: test
    litellm_params: { model: openai/real, api_base: "${url}/v1", api_key: k,
      input_cost_per_token: 0.00000123, output_cost_per_token: 0.00000777 }
router_settings: { num_retries: 3 }
gatehouse: { spend: { client_abort: ${policy} } }
`;
}

describe.each(['drain', 'cancel'])(
  'access that is taken back while a call runs, with client_abort: %s',
  (policy) => {
    let upstream: FakeUpstream;
    let relay: RelayHarness;

    beforeAll(async () => {
      upstream = await startFakeUpstream();
      relay = await startRelay(yaml(upstream.url, policy));
    });

    afterAll(async () => {
      await relay.stop();
      await upstream.close();
    });

    beforeEach(() => {
      relay.spend.events.length = 0;
      relay.spend.beforeOpen = null;
      relay.withdrawal = new Withdrawal();
    });

    const start = (behaviour: FakeBehaviour, extra: object = {}): RawCall =>
      post(relay.chatUrl, {
        model: 'test',
        messages: [{ role: 'user', content: 'hello' }],
        ...upstream.behaviour(behaviour),
        ...extra,
      });

    const takeBack = (): void => {
      relay.withdrawal.withdraw(new GatehouseError('token_revoked'));
    };

    const errorOf = (text: string): unknown => {
      const { error } = JSON.parse(text) as { error: unknown };
      return error;
    };

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
      }
    }

    it('ends a stream with the refusal as its last event, and books the call as that of a client that left', async () => {
      const call = start({ chunks: 30, delayMs: 20 }, { stream: true });
      const head = await call.head;
      const first = await new Promise<Buffer>((resolve) => head.once('data', resolve));
      const response = call.answer();
      takeBack();
      const { text, isComplete } = await response;
      expect(isComplete).toBe(true);
      expect(upstream.records.at(-1)?.state).not.toBe('complete');
      const events = `${first.toString()}${text}`;
      expect(events).not.toContain('[DONE]');
      const last = /data: (\{"error":.*\})\n\n$/.exec(events);
      expect(errorOf(last?.[1] ?? '')).toMatchObject({ reason: 'token_revoked', code: '401' });
      expect(relay.states.at(-1)?.log['reason']).toBe('token_revoked');
      await expectBooked();
      expect(relay.states.at(-1)?.log['reason']).toBe('token_revoked');
    });

    it.each<[string, FakeBehaviour, object]>([
      ['a plain call', { delayMs: 100 }, {}],
      ['a stream without its first byte', { firstDelayMs: 300 }, { stream: true }],
    ])('answers %s at once with the refusal', async (_what, behaviour, extra) => {
      const before = upstream.records.length;
      const call = start(behaviour, extra);
      await eventually(() => expect(upstream.records).toHaveLength(before + 1));
      takeBack();
      const { status, headers, text } = await call.answer();
      expect(status).toBe(401);
      expect(headers['www-authenticate']).toContain('Bearer');
      expect(errorOf(text)).toMatchObject({ reason: 'token_revoked' });
      await expectBooked();
    });

    it('sends nothing upstream for a call whose intent is not durable yet', async () => {
      const before = upstream.records.length;
      let release: () => void = () => undefined;
      let isOpening = false;
      const gate = new Promise<void>((resolve) => (release = resolve));
      relay.spend.beforeOpen = async () => {
        isOpening = true;
        await gate;
      };
      const call = start({});
      await eventually(() => expect(isOpening).toBe(true));
      takeBack();
      expect((await call.answer()).status).toBe(401);
      release();
      await eventually(() => expect(relay.unsettledCalls.count()).toBe(0));
      expect(relay.spend.kinds).toEqual(['open', 'release']);
      expect(upstream.records).toHaveLength(before);
    });

    it('makes no further attempt', async () => {
      const before = upstream.records.length;
      const call = start({ status: 500, headers: { 'retry-after': '1' } });
      await eventually(() => expect(relay.spend.kinds).toEqual(['open', 'settle']));
      takeBack();
      expect((await call.answer()).status).toBe(401);
      await eventually(() => expect(relay.unsettledCalls.count()).toBe(0));
      expect(upstream.records).toHaveLength(before + 1);
      expect(relay.spend.kinds).toEqual(['open', 'settle']);
    });

    it('refuses a call that has not begun, and writes nothing', async () => {
      const [before, commits] = [upstream.records.length, relay.commits.length];
      takeBack();
      const { status, text } = await start({}).answer();
      expect(status).toBe(401);
      expect(errorOf(text)).toMatchObject({ reason: 'token_revoked' });
      expect(relay.commits).toHaveLength(commits);
      expect(relay.spend.events).toEqual([]);
      expect(upstream.records).toHaveLength(before);
    });

    it('changes nothing about an answer that has ended', async () => {
      const { status, text } = await start({}).answer();
      takeBack();
      expect(status).toBe(200);
      expect(text).toContain('"usage"');
      await eventually(() => expect(relay.unsettledCalls.count()).toBe(0));
      expect(relay.spend.outcomes[0]).toMatchObject({ usageSource: 'provider', succeeded: true });
    });
  },
);
