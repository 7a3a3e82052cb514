import { Client, type Answer } from '#support/client';
import { eventually } from '#support/eventually';
import type { FakeBehaviour } from '#support/fake-behaviour';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { post, type RawCall } from '#support/raw-client';

interface LogRow {
  readonly spend: number;
  readonly cache_hit: string;
}

const ROUTE = '/v1/chat/completions';
const SLOW = { firstDelayMs: 100 };
const STREAM = { stream: true, stream_options: { include_usage: true } };

const modelAt = (url: string, name: string): string => `
  - model_name: ${name}
    litellm_params: { model: openai/${name}, api_base: "${url}/v1", api_key: upstream-secret,
      input_cost_per_token: 0.00000123, output_cost_per_token: 0.00000777 }`;

describe('responses of calls with an Idempotency-Key whose clients have left them', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let token: string;
  let alice: Client;
  let question = 0;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      models: ['test-model', 'failing'].map((name) => modelAt(upstream.url, name)).join(''),
      gatehouse: `  cache: { max_entry_bytes: 20000 }
litellm_settings: { cache: true }
router_settings: { num_retries: 0, disable_cooldowns: true, fallbacks: [{ failing: [test-model] }] }
`,
    });
    await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
    token = await tokenOf('alice');
    alice = new Client(gateway.url, token);
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const tokenOf = (sub: string): Promise<string> =>
    issuer.sign({ sub, email: `${sub}@acme.example`, team: 'research' });
  const bodyOf = (behaviour: FakeBehaviour, extra: object = {}): object => ({
    model: 'test-model',
    messages: [{ role: 'user', content: `question ${String((question += 1))}` }],
    ...upstream.behaviour(behaviour),
    ...extra,
  });
  const start = (body: object, key: string): RawCall =>
    post(gateway.url + ROUTE, body, { authorization: `Bearer ${token}`, 'idempotency-key': key });
  /** Leaves while the upstream works on the response. */
  const leave = async (body: object, key: string): Promise<void> => {
    const before = calls();
    const call = start(body, key);
    await eventually(() => {
      expect(calls()).toBe(before + 1);
    });
    call.request.destroy();
  };
  const untilItSays = async (call: RawCall, text: string): Promise<void> => {
    const head = await call.head;
    let read = '';
    await new Promise<void>((resolve) => {
      head.on('data', (chunk: Buffer) => {
        read += chunk.toString();
        if (read.includes(text)) resolve();
      });
    });
  };
  /** Sends the same again, until the call before is not in work any more. */
  const repeat = (body: object, key: string): Promise<Answer> =>
    eventually(async () => {
      const answer = await alice.post(ROUTE, body, { 'idempotency-key': key });
      if (answer.text.includes('idempotency_key_in_work')) throw new Error('still in work');
      return answer;
    });
  const isHit = ({ headers }: Answer): boolean => headers.get('x-litellm-cache-hit') === 'True';
  const calls = (): number => upstream.records.length;
  const expectServed = async (body: object, key: string): Promise<void> => {
    const before = calls();
    const answer = await repeat(body, key);
    expect([answer.status, isHit(answer), calls()]).toEqual([200, true, before]);
    expect(answer.text).toBe(upstream.records.at(-1)?.sent.toString());
    const id = answer.headers.get('x-request-id') ?? '';
    const logs = `/spend/logs?request_id=${id}`;
    const { json } = await Client.admin(gateway.url).get<LogRow[]>(logs);
    expect(json).toMatchObject([{ cache_hit: 'True', spend: 0 }]);
  };
  const expectUsed = async (body: object, key: string): Promise<void> => {
    const before = calls();
    const answer = await repeat(body, key);
    expect([answer.status, answer.json.error.reason]).toEqual([409, 'idempotency_key_used']);
    expect(calls()).toBe(before);
  };

  it.each([
    ['a buffered response', SLOW, {}],
    ['a buffered response under way', { splitEvery: 50, delayMs: 20 }, {}],
    ['a large buffered response', { ...SLOW, chunks: 100, chunkLength: 150 }, {}],
    ['a stream', SLOW, STREAM],
    ['a stream that stays open behind its end', { ...SLOW, staysOpen: true }, STREAM],
  ])('serve the repeat, left before the head: %s', async (what, behaviour, extra) => {
    const body = bodyOf(behaviour, extra);
    await leave(body, what);
    await expectServed(body, what);
  });

  it.each([
    ['in the middle', '"content":'],
    ['at the last byte', '[DONE]'],
  ])('serve the repeat of a stream that was left %s', async (when, text) => {
    const body = bodyOf({ chunks: 5, delayMs: 30 }, STREAM);
    const call = start(body, when);
    await untilItSays(call, text);
    call.request.destroy();
    await expectServed(body, when);
  });

  it('are served without the usage that the client has not asked for', async () => {
    const body = bodyOf(SLOW, { stream: true });
    await leave(body, 'no usage');
    const answer = await repeat(body, 'no usage');
    expect([isHit(answer), answer.text.includes('"usage":{')]).toEqual([true, false]);
    expect(answer.text).toContain('[DONE]');
  });

  it('serve also the same request without the key', async () => {
    const body = bodyOf(SLOW);
    await leave(body, 'with a key');
    await expectServed(body, 'with a key');
    expect(isHit(await alice.post(ROUTE, body))).toBe(true);
  });

  it.each([
    ['caching: false', { caching: false }],
    ['no-store', { cache: { 'no-store': true } }],
    ['no-cache', { cache: { 'no-cache': true } }],
    ['no-store in a stream', { ...STREAM, cache: { 'no-store': true } }],
  ])('are not kept, or not served, with %s: the key is used up', async (what, extra) => {
    const body = bodyOf(SLOW, extra);
    await leave(body, what);
    await expectUsed(body, what);
  });

  it.each([
    ['a response that is cut', { ...SLOW, cutAfterBytes: 200 }, {}],
    ['a stream that is cut', { ...SLOW, cutAfterBytes: 300 }, STREAM],
    ['a stream that is cut within the last event', { ...SLOW, cutAfterBytes: 600 }, STREAM],
    ['a response above the size limit', { ...SLOW, chunks: 5_000 }, {}],
  ])('are not made of %s: the key is used up', async (what, behaviour, extra) => {
    const body = bodyOf(behaviour, extra);
    await leave(body, what);
    await expectUsed(body, what);
  });

  it('are not made of a failure: the key is free', async () => {
    const body = bodyOf({ ...SLOW, status: 500 });
    await leave(body, 'failed');
    const before = calls();
    expect((await repeat(body, 'failed')).status).toBe(500);
    expect(calls()).toBe(before + 1);
  });

  it('serve the repeat of a call that a fallback has served', async () => {
    upstream.enqueue({ status: 503 }, {});
    const body = bodyOf({}, { model: 'failing' });
    const first = await repeat(body, 'fallback');
    expect([first.status, isHit(first)]).toEqual([200, false]);
    await expectServed(body, 'fallback');
  });

  it('reach no other caller', async () => {
    const body = bodyOf(SLOW);
    await leave(body, 'mine');
    await expectServed(body, 'mine');
    const bob = new Client(gateway.url, await tokenOf('bob'));
    const other = await bob.post(ROUTE, body, { 'idempotency-key': 'mine' });
    expect([other.status, isHit(other)]).toEqual([200, false]);
  });
});
