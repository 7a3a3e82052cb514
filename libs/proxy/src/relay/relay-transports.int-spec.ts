import { gzipSync } from 'node:zlib';
import { eventually } from '#support/eventually';
import { startFakeUpstream } from '#support/fake-upstream';
import { freePort } from '#support/free-port';
import { PreparedTransport, type PreparedResponse } from '#support/prepared-transport';
import { post, type RawAnswer, type RawCall } from '#support/raw-client';
import { startRelay, type RelayHarness } from '#support/relay-harness';

/** A transport with an upstream behind it that sends what is prepared. */
interface Scene {
  readonly relay: RelayHarness;
  prepare(...responses: readonly PreparedResponse[]): void;
  /** Calls that reached the upstream. */
  reached(): number;
  /** True when the upstream of the last call had to wait for the reader. */
  hasWaited(): boolean;
  stop(): Promise<void>;
}

const yaml = (url: string, closed: string): string => `model_list:
  - model_name: test
    litellm_params: { model: openai/real-model, api_base: "${url}/v1", api_key: k,
      input_cost_per_token: 0.00000123, output_cost_per_token: 0.00000777 }
  - model_name: closed
    litellm_params: { model: openai/real-model, api_base: "${closed}/v1", api_key: k,
      input_cost_per_token: 0.00000123, output_cost_per_token: 0.00000777 }
router_settings: { num_retries: 1 }
gatehouse: { spend: { client_abort: cancel } }
`;

/** The gateway's own transport, over HTTP. */
async function overHttp(): Promise<Scene> {
  const upstream = await startFakeUpstream();
  const closed = `http://127.0.0.1:${await freePort()}`;
  const relay = await startRelay(yaml(upstream.url, closed));
  return {
    relay,
    prepare: (...responses) => {
      for (const response of responses.filter(({ before }) => before !== 'unsent')) {
        const sent = Buffer.concat(response.chunks);
        const isCut = response.ending === 'cut';
        upstream.enqueue({
          status: response.status,
          headers: response.headers,
          body: isCut ? Buffer.concat([sent, Buffer.from('more')]) : sent,
          ...(isCut ? { cutAfterBytes: sent.length } : {}),
          ...(response.ending === 'hang' ? { staysOpen: true } : {}),
          ...(response.before === 'silent' ? { hang: 'before-head' as const } : {}),
        });
      }
    },
    reached: () => upstream.records.length,
    hasWaited: () => (upstream.records.at(-1)?.backlogBytes ?? 0) > 0,
    stop: async () => {
      await relay.stop();
      await upstream.close();
    },
  };
}

/** A transport that yields bytes of this process. */
async function inProcess(): Promise<Scene> {
  const transport = new PreparedTransport();
  const nowhere = 'http://upstream.example';
  const relay = await startRelay(yaml(nowhere, nowhere), { transport });
  return {
    relay,
    prepare: (...responses) => {
      transport.prepare(...responses);
    },
    reached: () => transport.calls.filter(({ wasSent }) => wasSent).length,
    hasWaited: () => (transport.calls.at(-1)?.pauses ?? 0) > 0,
    stop: () => relay.stop(),
  };
}

const JSON_TYPE = { 'content-type': 'application/json' };
const EVENTS_TYPE = { 'content-type': 'text/event-stream' };
const USAGE = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };
const BOOKED = { inputTokens: 11, cachedInputTokens: 0, outputTokens: 7 };
const WHOLE = JSON.stringify({ choices: [{ message: { content: 'a text' } }], usage: USAGE });
const event = (data: object): Buffer => Buffer.from(`data: ${JSON.stringify(data)}\n\n`);
const words = (text: string): Buffer => event({ choices: [{ delta: { content: text } }] });
const FINISH = event({ choices: [{ delta: {}, finish_reason: 'stop' }] });
const DONE = Buffer.from('data: [DONE]\n\n');

const whole = (status: number, body: string): PreparedResponse => ({
  status,
  headers: JSON_TYPE,
  chunks: [Buffer.from(body)],
  ending: 'end',
});
const stream = (...chunks: readonly Buffer[]): PreparedResponse => ({
  status: 200,
  headers: EVENTS_TYPE,
  chunks,
  ending: 'end',
});
const UNSENT: PreparedResponse = { ...whole(200, ''), before: 'unsent' };
const SILENT: PreparedResponse = { ...whole(200, ''), before: 'silent' };

describe.each([
  ['undici', overHttp],
  ['prepared bytes', inProcess],
])('a relay over %s', (_name, start) => {
  let scene: Scene;

  beforeEach(async () => {
    scene = await start();
  });

  afterEach(async () => {
    await scene.stop();
  });

  const begin = (extra: object = {}): RawCall =>
    post(scene.relay.chatUrl, {
      model: 'test',
      messages: [{ role: 'user', content: 'hello there' }],
      ...extra,
    });
  const call = (extra?: object): Promise<RawAnswer> => begin(extra).answer();
  const reasonOf = (text: string): unknown =>
    (JSON.parse(text) as { error: { reason: string } }).error.reason;

  it('delivers and books a buffered response', async () => {
    scene.prepare(whole(200, WHOLE));
    const answer = await call();
    expect([answer.status, answer.text]).toEqual([200, WHOLE]);
    expect(scene.relay.spend.kinds).toEqual(['open', 'settle']);
    expect(scene.relay.spend.outcomes).toMatchObject([{ usage: BOOKED, usageSource: 'provider' }]);
  });

  it('copies a stream and books its usage, which the client did not ask for', async () => {
    const usage = event({ choices: [], usage: USAGE });
    scene.prepare(stream(words('one '), words('two'), FINISH, usage, DONE));
    const answer = await call({ stream: true });
    expect(answer.text).toBe(Buffer.concat([words('one '), words('two'), FINISH, DONE]).toString());
    expect(scene.relay.spend.outcomes).toMatchObject([{ usage: BOOKED, usageSource: 'provider' }]);
  });

  it('decodes a compressed stream', async () => {
    const bytes = gzipSync(Buffer.concat([words('one'), FINISH, DONE]));
    const headers = { ...EVENTS_TYPE, 'content-encoding': 'gzip' };
    scene.prepare({ ...stream(bytes), headers });
    const answer = await call({ stream: true });
    expect(answer.text).toBe(Buffer.concat([words('one'), FINISH, DONE]).toString());
  });

  it('tries again after a retryable status, with an entry for each attempt', async () => {
    scene.prepare(whole(503, '{"error":{"message":"busy"}}'), whole(200, WHOLE));
    expect((await call()).status).toBe(200);
    expect(scene.reached()).toBe(2);
    expect(scene.relay.spend.kinds).toEqual(['open', 'settle', 'open', 'settle']);
  });

  it('tries again and books nothing where nothing was sent', async () => {
    scene.prepare(UNSENT, UNSENT);
    const answer = await call({ model: 'closed' });
    expect([answer.status, reasonOf(answer.text)]).toEqual([502, 'upstream_unreachable']);
    expect(scene.reached()).toBe(0);
    expect(scene.relay.spend.kinds).toEqual(['open', 'release', 'open', 'release']);
  });

  it('ends a stream that broke off with an error event, and books an estimate', async () => {
    scene.prepare({ ...stream(words('one '), words('two')), ending: 'cut' });
    const answer = await call({ stream: true });
    expect(answer.text).toContain('"reason":"upstream_invalid"');
    expect(answer.text).not.toContain('[DONE]');
    expect(scene.reached()).toBe(1);
    expect(scene.relay.spend.outcomes).toMatchObject([
      { usage: { outputTokens: 2 }, usageSource: 'estimate', succeeded: false },
    ]);
  });

  it('books an estimate when the client aborts before the head', async () => {
    scene.prepare(SILENT);
    const running = begin();
    running.head.catch(() => undefined);
    await eventually(() => expect(scene.reached()).toBe(1));
    running.request.destroy();
    await eventually(() => expect(scene.relay.spend.kinds).toEqual(['open', 'settle']));
    expect(scene.relay.spend.outcomes).toMatchObject([
      { usageSource: 'estimate', succeeded: false, upstreamStatus: null },
    ]);
  });

  it('ends a running stream at a shutdown with the error event', async () => {
    scene.prepare({ ...stream(words('one ')), ending: 'hang' });
    const running = begin({ stream: true });
    const head = await running.head;
    await new Promise((resolve) => head.once('readable', resolve));
    scene.relay.unsettledCalls.endAll();
    const answer = await running.answer();
    expect(answer.text).toContain('"reason":"shutting_down"');
    expect(scene.relay.spend.outcomes).toMatchObject([{ usageSource: 'estimate' }]);
  });

  it('lets a client that reads slowly have every byte', async () => {
    const chunks = Array.from({ length: 200 }, () => words('x'.repeat(100_000)));
    scene.prepare(stream(...chunks, FINISH, DONE));
    const running = begin({ stream: true });
    const head = await running.head;
    head.pause();
    await eventually(() => expect(scene.hasWaited()).toBe(true));
    setImmediate(() => head.resume());
    const answer = await running.answer();
    expect(answer.bytes.equals(Buffer.concat([...chunks, FINISH, DONE]))).toBe(true);
  });
});
