import { ROUTING_STRATEGIES } from '#libs/config';
import type { FakeBehaviour } from '#support/fake-behaviour';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { post, type RawAnswer } from '#support/raw-client';
import { startRelay, type RelayHarness } from '#support/relay-harness';

const MODEL_NOT_FOUND = JSON.stringify({ error: { code: 'model_not_found', message: 'no' } });
/** Every fault that another deployment can make good. */
const FAULTS: readonly FakeBehaviour[] = [
  { status: 429, headers: { 'retry-after': '1' } },
  { status: 500 },
  {},
  { status: 503 },
  { cutBeforeHead: true },
  { status: 401 },
  {},
  { status: 404, body: MODEL_NOT_FOUND },
  { status: 529 },
  { hang: 'before-head' },
  {},
  { status: 408 },
];

function deployment(model: string, url: string, id: string, more = ''): string {
  return `
  - model_name: ${model}
    litellm_params: { model: openai/real, api_base: "${url}/v1", api_key: k, tpm: 100000000,
      input_cost_per_token: 0.00000123 ${more.includes('output_cost') ? '' : ', output_cost_per_token: 0.00000777'} ${more} }
    model_info: { id: ${id} }`;
}

describe('1,000 calls at deployments of which two fail again and again', () => {
  let faulty: FakeUpstream;
  let other: FakeUpstream;
  let healthy: FakeUpstream;

  beforeAll(async () => {
    faulty = await startFakeUpstream();
    other = await startFakeUpstream();
    healthy = await startFakeUpstream();
  });
  afterAll(async () => {
    for (const upstream of [faulty, other, healthy]) await upstream.close();
  });

  const started = (strategy: string): Promise<RelayHarness> =>
    startRelay(`model_list:
${deployment('m', faulty.url, 'faulty', ', timeout: 1')}
${deployment('m', other.url, 'other', ', timeout: 1')}
${deployment('m', healthy.url, 'healthy')}
router_settings: { routing_strategy: ${strategy}, num_retries: 2, cooldown_time: 0.05 }
`);

  /** Makes calls, some at a time, half of them streams. */
  async function callAll(relay: RelayHarness, count: number): Promise<RawAnswer[]> {
    const answers: RawAnswer[] = [];
    const indexes = Array.from({ length: count }, (_one, index) => index).values();
    const work = async (): Promise<void> => {
      for (const index of indexes) {
        const body = {
          model: 'm',
          stream: index % 2 === 0,
          messages: [{ role: 'user', content: `call ${String(index)}` }],
        };
        answers.push(await post(relay.chatUrl, body).answer());
      }
    };
    await Promise.all(Array.from({ length: 20 }, work));
    return answers;
  }

  it.each(ROUTING_STRATEGIES.map((name, index) => [name, index === 0 ? 500 : 100] as const))(
    '%s loses none of %i, and bills each attempt once',
    async (strategy, count) => {
      const relay = await started(strategy);
      const upstreams = [faulty, other, healthy];
      const before = upstreams.map(({ records }) => records.length);
      for (const upstream of [faulty, other])
        upstream.enqueue(
          ...Array.from(
            { length: 2 * count },
            (_one, index) => FAULTS[index % FAULTS.length] ?? {},
          ),
        );
      const answers = await callAll(relay, count);
      expect(answers.filter(({ status }) => status !== 200).map(({ text }) => text)).toEqual([]);
      const settled = relay.spend.events.flatMap((event) =>
        event.kind === 'settle' ? [`${event.ref.requestId} ${String(event.ref.attempt)}`] : [],
      );
      expect(new Set(settled).size).toBe(settled.length);
      const calls = upstreams.map(({ records }, index) => records.length - (before[index] ?? 0));
      expect(settled).toHaveLength(calls.reduce((sum, one) => sum + one, 0));
      expect(relay.spend.intents).toHaveLength(settled.length);
      expect(relay.spend.outcomes.filter(({ succeeded }) => succeeded)).toHaveLength(count);
      for (const { attempt } of relay.spend.intents) expect(attempt).toBeLessThanOrEqual(3);
      await relay.stop();
      // What was not used up must not reach the next strategy.
      for (const upstream of [faulty, other]) upstream.drain();
    },
  );
});

describe('deployments of one model', () => {
  let first: FakeUpstream;
  let second: FakeUpstream;
  let relay: RelayHarness;

  beforeAll(async () => {
    first = await startFakeUpstream();
    second = await startFakeUpstream();
    relay = await startRelay(`model_list:
${deployment('ordered', first.url, 'o1', ', order: 1')}
${deployment('ordered', second.url, 'o2', ', order: 2')}
${deployment('both', first.url, 'b1')}
${deployment('both', second.url, 'b2')}
${deployment('cheap', first.url, 'dear', ', output_cost_per_token: 0.5')}
${deployment('cheap', second.url, 'cheap')}
${deployment('repeated', first.url, 'r1', ', num_retries: 0')}
router_settings: { num_retries: 1, routing_strategy: cost-based-routing, cooldown_time: 30 }
gatehouse: { routing: { trusted_teams: [team] } }
`);
  });
  afterAll(async () => {
    await relay.stop();
    await first.close();
    await second.close();
  });

  const chat = (model: string, headers: Record<string, string> = {}): Promise<RawAnswer> =>
    post(
      relay.chatUrl,
      { model, messages: [{ role: 'user', content: 'hello' }] },
      headers,
    ).answer();
  const servedBy = async (model: string): Promise<unknown> =>
    (await chat(model)).headers['x-litellm-model-id'];

  it('are tried in their order, and the next tier while the first is left out', async () => {
    expect(await servedBy('ordered')).toBe('o1');
    first.enqueue({ status: 429 });
    expect(await servedBy('ordered')).toBe('o2');
    const before = first.records.length;
    expect(await servedBy('ordered')).toBe('o2');
    expect(first.records).toHaveLength(before);
  });

  it('are 503 with the seconds to wait once all of them are left out', async () => {
    first.enqueue({ status: 429, headers: { 'retry-after': '20' } });
    second.enqueue({ status: 429, headers: { 'retry-after': '600' } });
    expect((await chat('both')).status).toBe(429);
    const refused = await chat('both');
    expect([refused.status, JSON.parse(refused.text).error.reason]).toEqual([
      503,
      'no_deployment_available',
    ]);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(15);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(20);
  });

  it('are chosen by their price where the strategy says so', async () => {
    for (let call = 0; call < 5; call += 1) expect(await servedBy('cheap')).toBe('cheap');
  });

  it('are repeated as often as a trusted team asks for, else as the deployment says', async () => {
    const failing = { status: 503, headers: { 'retry-after': '0' } };
    first.enqueue(failing);
    expect((await chat('repeated')).status).toBe(503);
    first.enqueue(failing, failing);
    const repeated = await chat('repeated', { 'x-litellm-num-retries': '2' });
    expect([repeated.status, repeated.headers['x-litellm-attempted-retries']]).toEqual([200, '2']);
    expect((await chat('repeated', { 'x-litellm-num-retries': 'many' })).status).toBe(400);
  });
});
