import { Client, type Answer } from '#support/client';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

interface LogRow {
  readonly spend: number;
  readonly cache_hit: string;
  readonly status: string;
  readonly total_tokens: number;
  readonly request_tags: readonly string[];
}

describe('cached responses', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let admin: Client;
  let alice: Client;
  let text = 0;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      gatehouse: '  cache: { max_entry_bytes: 20000 }\nlitellm_settings: { cache: true }\n',
    });
    admin = Client.admin(gateway.url);
    for (const team_id of ['research', 'sales', 'blocked', 'narrow'])
      await admin.post('/team/new', { team_id });
    alice = await callerOf('alice', 'research');
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const callerOf = async (name: string, team: string, claims: object = {}): Promise<Client> =>
    new Client(
      gateway.url,
      await issuer.sign({ sub: name, email: `${name}@acme.example`, team, ...claims }),
    );
  /** A text that no call before it has had. */
  const fresh = (): string => `question ${String((text += 1))}`;
  const isHit = ({ headers }: Answer): boolean => headers.get('x-litellm-cache-hit') === 'True';
  const calls = (): number => upstream.records.length;
  const rowOf = async ({ headers }: Answer): Promise<LogRow | undefined> => {
    const id = headers.get('x-request-id') ?? '';
    return (await admin.get<LogRow[]>(`/spend/logs?request_id=${id}`)).json[0];
  };

  it('serve the same request again without a call upstream, and the books show it at cost 0', async () => {
    const question = fresh();
    const first = await alice.chat(question);
    const before = calls();
    const second = await alice.chat(question);
    expect([isHit(first), isHit(second), calls()]).toEqual([false, true, before]);
    expect(second.text).toBe(first.text);
    expect(second.headers.get('content-type')).toBe(first.headers.get('content-type'));
    expect(second.headers.get('x-litellm-cache-key')).toBe(
      first.headers.get('x-litellm-cache-key'),
    );
    expect(second.headers.get('age')).toBe('0');
    expect(Number(second.headers.get('x-litellm-response-cost'))).toBe(0);
    expect(await rowOf(first)).toMatchObject({ cache_hit: 'False', status: 'success' });
    expect(await rowOf(second)).toMatchObject({
      cache_hit: 'True',
      status: 'success',
      spend: 0,
      total_tokens: 0,
    });
    expect((await rowOf(first))?.spend).toBeGreaterThan(0);
  });

  it('are the same for members in another order, and for what only the gateway reads', async () => {
    const messages = [{ role: 'user', content: fresh() }];
    await alice.post('/v1/chat/completions', { model: 'test-model', messages, seed: 1 });
    const other = { seed: 1, messages, model: 'test-model', metadata: { a: 1 } };
    expect(isHit(await alice.post('/chat/completions', other))).toBe(true);
  });

  it.each([
    ['a parameter', { seed: 2 }, {}],
    ['an unknown member', { own: true }, {}],
    ['a stream', { stream: true }, {}],
    ['a namespace', { cache: { namespace: 'b' } }, {}],
    ['a beta of OpenAI', {}, { 'openai-beta': 'x' }],
  ])('differ by %s', async (_what, extra, headers) => {
    const body = { model: 'test-model', messages: [{ role: 'user', content: fresh() }] };
    await alice.post('/v1/chat/completions', body);
    const other = await alice.post('/v1/chat/completions', { ...body, ...extra }, headers);
    expect([other.status, isHit(other)]).toEqual([200, false]);
    expect(isHit(await alice.post('/v1/chat/completions', body))).toBe(true);
    expect(isHit(await alice.post('/v1/chat/completions', { ...body, ...extra }, headers))).toBe(
      true,
    );
  });

  it.each([
    ['another user of the team', 'bob', 'research', {}],
    ['the same user in another team', 'alice', 'sales', {}],
    ['the same user for another end user', 'alice', 'research', { end_user: 'visitor' }],
  ])('never reach %s', async (_who, name, team, claims) => {
    const question = fresh();
    const first = await alice.chat(question);
    const other = await (await callerOf(name, team, claims)).chat(question);
    expect([first.status, other.status, isHit(other)]).toEqual([200, 200, false]);
    expect(other.text).not.toBe(first.text);
    expect(isHit(await alice.chat(question))).toBe(true);
  });

  it('never reach a virtual key of another team, nor the master key', async () => {
    const question = fresh();
    const { json } = await admin.post<{ key: string }>('/key/generate', { team_id: 'sales' });
    const { json: twin } = await admin.post<{ key: string }>('/key/generate', { team_id: 'sales' });
    await alice.chat(question);
    const key = new Client(gateway.url, json.key);
    const callers = [admin, key, new Client(gateway.url, twin.key)];
    for (const caller of callers) {
      expect(isHit(await caller.chat(question))).toBe(false);
      expect(isHit(await caller.chat(question))).toBe(true);
    }
  });

  it('of streams are replayed as streams, byte for byte', async () => {
    const question = fresh();
    const extra = { stream: true, stream_options: { include_usage: true } };
    const first = await alice.chat(question, extra);
    const second = await alice.chat(question, extra);
    expect(isHit(second)).toBe(true);
    expect(second.text).toBe(first.text);
    expect(second.text).toContain('data: [DONE]');
    expect(second.headers.get('content-type')).toBe(first.headers.get('content-type'));
    expect(await rowOf(second)).toMatchObject({ cache_hit: 'True', spend: 0 });
  });

  it('are not kept of a stream whose usage event the client must not see, with that event', async () => {
    const question = fresh();
    await alice.chat(question, { stream: true });
    const second = await alice.chat(question, { stream: true });
    expect([isHit(second), second.text.includes('"usage":{')]).toEqual([true, false]);
  });

  it.each([
    ['errors', { status: 500 }, false],
    ['refusals of the upstream', { status: 400 }, false],
    ['errors with status 200', { body: '{"error":{"message":"no"}}' }, false],
    ['responses that are not JSON', { body: 'hello' }, false],
    ['responses above the size limit', { chunks: 5_000 }, false],
    ['streams that were cut', { cutAfterBytes: 300 }, true],
    [
      'streams without their end',
      { body: 'data: {"choices":[]}\n\n', headers: { 'content-type': 'text/event-stream' } },
      true,
    ],
    [
      'streams with an error',
      {
        body: 'data: {"choices":[{"delta":{"content":"a"}}]}\n\ndata: {"error":{"message":"x"}}\n\ndata: [DONE]\n\n',
        headers: { 'content-type': 'text/event-stream' },
      },
      true,
    ],
    [
      'streams that hold nothing but their end',
      { body: 'data: [DONE]\n\n', headers: { 'content-type': 'text/event-stream' } },
      true,
    ],
    ['streams above the size limit', { chunks: 2_000 }, true],
  ])('are not made of %s', async (_what, behaviour, stream) => {
    const question = fresh();
    upstream.enqueue(behaviour, behaviour, behaviour, behaviour);
    await alice.chat(question, { stream });
    upstream.drain();
    expect(isHit(await alice.chat(question, { stream }))).toBe(false);
  });

  it('are not made of responses that the upstream keeps', async () => {
    const body = { model: 'test-model', input: fresh() };
    for (const store of [undefined, true]) {
      await alice.post('/v1/responses', { ...body, store });
      expect(isHit(await alice.post('/v1/responses', { ...body, store }))).toBe(false);
    }
    await alice.post('/v1/responses', { ...body, store: false });
    expect(isHit(await alice.post('/v1/responses', { ...body, store: false }))).toBe(true);
    const question = fresh();
    await alice.chat(question, { store: true });
    expect(isHit(await alice.chat(question, { store: true }))).toBe(false);
  });

  it.each(['/v1/embeddings', '/v1/completions', '/v1/rerank'])('serve %s', async (path) => {
    const question = fresh();
    const body = { model: 'test-model', input: question, prompt: question, query: question };
    const whole = { ...body, documents: ['a', 'b'] };
    expect((await alice.post(path, whole)).status).toBe(200);
    expect(isHit(await alice.post(path, whole))).toBe(true);
  });

  it('are passed over, or not made, where the request says so', async () => {
    const question = fresh();
    const ask = async (cache: object, headers = {}): Promise<boolean> => {
      const messages = [{ role: 'user', content: question }];
      const body = { model: 'test-model', messages, ...cache };
      return isHit(await alice.post('/v1/chat/completions', body, headers));
    };
    expect(await ask({ cache: { 'no-store': true } })).toBe(false);
    expect(await ask({}, { 'cache-control': 'no-store' })).toBe(false);
    expect(await ask({ caching: false })).toBe(false);
    expect(await ask({ cache: { ttl: 0 } })).toBe(false);
    expect(await ask({})).toBe(false);
    expect(await ask({})).toBe(true);
    expect(await ask({ cache: { 'no-cache': true } })).toBe(false);
    expect(await ask({}, { 'cache-control': 'no-cache' })).toBe(false);
    expect(await ask({ caching: false })).toBe(false);
    expect(await ask({ cache: { 's-maxage': 60 } })).toBe(true);
    expect(await ask({ cache: { 'no-store': true } })).toBe(true);
  });

  it.each([
    ['age that the request allows', {}, { cache: { 's-maxage': 0 } }],
    ['time for which it was to be kept', { cache: { ttl: 0.02 } }, { cache: { 'no-store': true } }],
  ])('are not served behind the %s', async (_what, first, later) => {
    const question = fresh();
    await alice.chat(question, first);
    await eventually(async () => {
      expect(isHit(await alice.chat(question, later))).toBe(false);
    });
  });

  it('are booked with the tags of the request that they serve', async () => {
    const question = fresh();
    const tagged = (tag: string) => alice.chat(question, { metadata: { tags: [tag] } });
    const [first, second] = [await tagged('blue'), await tagged('green')];
    expect([isHit(first), isHit(second)]).toEqual([false, true]);
    expect((await rowOf(first))?.request_tags).toEqual(['blue']);
    expect((await rowOf(second))?.request_tags).toEqual(['green']);
  });

  it.each([
    ['cache', 'yes'],
    ['cache.ttl', { ttl: 'long' }],
    ['cache.s-maxage', { 's-maxage': -1 }],
    ['cache.no-cache', { 'no-cache': 'true' }],
    ['cache.namespace', { namespace: 7 }],
  ])('are not used by a request whose %s is invalid: 400', async (param, cache) => {
    const response = await alice.chat(fresh(), { cache });
    expect(response.status).toBe(400);
    expect(response.json.error).toMatchObject({ param });
  });

  it('reach no caller who is refused: a blocked team, a model that is not granted, a spent budget', async () => {
    const question = fresh();
    const [blocked, narrow] = [
      await callerOf('carol', 'blocked'),
      await callerOf('dave', 'narrow'),
    ];
    const { json } = await admin.post<{ key: string }>('/key/generate', { max_budget: 0.001 });
    const spent = new Client(gateway.url, json.key);
    for (const caller of [blocked, narrow, spent]) {
      upstream.enqueue({ completionTokens: 1_000 });
      expect((await caller.chat(question, { max_tokens: 5 })).status).toBe(200);
    }
    const ask = (caller: Client): Promise<Answer> => caller.chat(question, { max_tokens: 5 });
    for (const caller of [blocked, narrow]) expect(isHit(await ask(caller))).toBe(true);
    await admin.post('/team/block', { team_id: 'blocked' });
    await admin.post('/team/update', { team_id: 'narrow', models: ['other'] });
    const before = calls();
    expect((await ask(blocked)).status).toBe(403);
    expect((await ask(narrow)).status).toBe(403);
    expect((await ask(spent)).status).toBe(422);
    expect(calls()).toBe(before);
  });
});
