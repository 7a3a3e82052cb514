import { eventually } from '#support/eventually';
import type { FakeBehaviour } from '#support/fake-behaviour';
import { post } from '#support/raw-client';
import { describeRelay, startRelay } from '#support/relay-harness';

const PRICES = 'input_cost_per_token: 0.00000123, output_cost_per_token: 0.00000777';
const ERROR_EVENT = /data: (\{"error":.*\})\n\n$/;
/** Longer than every timeout below, shorter than the limit of a whole stream. */
const STEADY: FakeBehaviour = { chunks: 10, delayMs: 100 };

function yaml(url: string, streamLimitSeconds = 4): string {
  const model = (name: string, limits: string): string => `  - model_name: ${name}
    litellm_params: { model: openai/real, api_base: "${url}/v1", api_key: k, ${limits}${PRICES} }
`;
  return `model_list:
${model('by-router', '')}${model('long', 'timeout: 20, ')}${model('by-timeout', 'timeout: 0.5, ')}${model('by-stream-timeout', 'timeout: 0.2, stream_timeout: 0.5, ')}
router_settings: { num_retries: 0, timeout: 0.5 }
gatehouse: { server: { stream_limit_seconds: ${String(streamLimitSeconds)} }, routing: { trusted_teams: [team] } }
`;
}

describeRelay('time limits of a call', yaml, (relay, upstream) => {
  const body = (model: string, behaviour: FakeBehaviour, stream = true) => ({
    model,
    stream,
    messages: [{ role: 'user', content: 'hello' }],
    ...upstream().behaviour(behaviour),
  });
  const call = (model: string, behaviour: FakeBehaviour, stream = true) =>
    post(relay().chatUrl, body(model, behaviour, stream));
  const reasonIn = (text: string): unknown =>
    (JSON.parse(ERROR_EVENT.exec(text)?.[1] ?? text) as { error: { reason: string } }).error.reason;

  describe.each(['by-router', 'by-timeout', 'by-stream-timeout'])('set %s', (model) => {
    it('leave a steady stream alone, however long it takes', async () => {
      const response = await call(model, STEADY).answer();
      expect(response.text).toMatch(/data: \[DONE\]\n\n$/);
      expect(relay().spend.outcomes).toMatchObject([{ usageSource: 'provider', succeeded: true }]);
    });

    it('end a stream that falls silent with an error event, booked by what was read', async () => {
      const response = await call(model, { hang: 'after-first-chunk' }).answer();
      expect(response.status).toBe(200);
      expect(reasonIn(response.text)).toBe('upstream_timeout');
      expect(relay().spend.outcomes).toMatchObject([{ usageSource: 'estimate', succeeded: false }]);
      expect(relay().spend.outcomes[0]?.usage?.outputTokens).toBeGreaterThan(0);
      await eventually(() => expect(upstream().records.at(-1)?.state).toBe('aborted'));
    });

    it.each(['before-head', 'after-head'] as const)(
      'answer 504 when the first byte is late (%s)',
      async (hang) => {
        const response = await call(model, { hang }).answer();
        expect(response.status).toBe(504);
        expect(reasonIn(response.text)).toBe('upstream_timeout');
      },
    );
  });

  it.each([{ hang: 'after-head' }, { delayMs: 1_500 }, { firstDelayMs: 1_500 }] as const)(
    'bound the whole call where it is not a stream (%j)',
    async (behaviour) => {
      const response = await call('by-timeout', behaviour, false).answer();
      expect(response.status).toBe(504);
      expect(reasonIn(response.text)).toBe('upstream_timeout');
    },
  );

  it.each([
    ['x-litellm-timeout', false, 'before-head'],
    ['x-litellm-timeout', true, 'after-head'],
    ['x-litellm-stream-timeout', true, 'before-head'],
  ] as const)(
    'are those that a trusted caller states (%s, stream: %s)',
    async (name, stream, hang) => {
      const response = await post(relay().chatUrl, body('long', { hang }, stream), {
        [name]: '0.3',
      }).answer();
      expect(response.status).toBe(504);
      expect(reasonIn(response.text)).toBe('upstream_timeout');
      const served = await post(relay().chatUrl, body('long', {}, stream), {
        [name]: '5',
      }).answer();
      expect([served.status, served.headers['x-litellm-timeout']]).toEqual([200, '5']);
    },
  );

  it('end a stream that flows beyond the limit of a whole stream', async () => {
    const response = await call('by-timeout', { chunks: 200, delayMs: 50 }).answer();
    expect(reasonIn(response.text)).toBe('upstream_timeout');
    expect(relay().spend.outcomes).toMatchObject([{ usageSource: 'estimate', succeeded: false }]);
    expect(relay().spend.outcomes[0]?.usage?.outputTokens).toBeGreaterThan(5);
  });

  it('do not count the silence of a stream that waits for its client', async () => {
    // With a limit of the whole stream, and one of the first byte, that a busy machine does not reach.
    const patient = await startRelay(
      yaml(upstream().url, 60).replaceAll('timeout: 0.5', 'timeout: 2'),
    );
    const large = body('by-timeout', { chunks: 400, chunkLength: 64_000 });
    const head = await post(patient.chatUrl, large).head;
    head.pause();
    await eventually(() => expect(upstream().records.at(-1)?.backlogBytes).toBeGreaterThan(0));
    await new Promise((resolve) => setTimeout(resolve, 2_250));
    const chunks: Buffer[] = [];
    head.on('data', (chunk: Buffer) => chunks.push(chunk)).resume();
    await new Promise((resolve) => head.once('end', resolve));
    expect(Buffer.concat(chunks).toString()).toMatch(/data: \[DONE\]\n\n$/);
    await patient.stop();
  });
});
