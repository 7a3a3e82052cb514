import { Client, type Answer } from '#support/client';
import { describeOnEachDatabase } from '#support/each-database';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { setLimits } from '#support/limits';

interface Refused {
  readonly error: {
    readonly reason: string;
    readonly message: string;
    readonly rate_limit: object;
  };
}

/** A member of a team, whose id no other test uses. */
interface Caller {
  readonly client: Client;
  readonly token: string;
  readonly teamId: string;
  readonly userId: string;
}

/** A call whose client has left holds its slot only until the upstream call is cancelled. */
const GATEHOUSE = '  spend: { client_abort: cancel }\n';

const EMBEDDING = JSON.stringify({
  object: 'list',
  data: [{ object: 'embedding', index: 0, embedding: [1] }],
  usage: { prompt_tokens: 3, total_tokens: 3 },
});
const TEXT = JSON.stringify({ choices: [{ index: 0, text: 'a', finish_reason: 'stop' }] });

describeOnEachDatabase('rate limits', (freshDatabase) => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let team = 0;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    const databaseUrl = await freshDatabase();
    const given = { gatehouse: GATEHOUSE, ...(databaseUrl === undefined ? {} : { databaseUrl }) };
    gateway = await startGateway({ issuer, upstreamUrl: upstream.url, ...given });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  /** A member of a new team. */
  const caller = async (): Promise<Caller> => {
    const [teamId, userId] = [`team-${String((team += 1))}`, `user-${String(team)}`];
    await Client.admin(gateway.url).post('/team/new', { team_id: teamId });
    const token = await issuer.sign({ sub: userId, email: 'a@acme.example', team: teamId });
    return { client: new Client(gateway.url, token), teamId, userId, token };
  };
  const statusesOf = (answers: readonly Answer[]): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
    return counts;
  };
  const refusalOf = (answer: Answer | undefined): Refused['error'] =>
    (JSON.parse(answer?.text ?? '') as Refused).error;

  it('let exactly as many of many parallel requests pass as the limit says, and say which limit it is', async () => {
    const { client, teamId } = await caller();
    await setLimits(gateway, 'team', teamId, { requestsPerMinute: 7 });
    const before = upstream.records.length;
    const answers = await Promise.all(Array.from({ length: 40 }, () => client.chat()));
    expect(statusesOf(answers)).toEqual({ 200: 7, 429: 33 });
    expect(upstream.records).toHaveLength(before + 7);
    const refused = answers.find(({ status }) => status === 429);
    expect(refusalOf(refused)).toMatchObject({
      reason: 'rate_limited',
      rate_limit: {
        scope: 'team',
        id: teamId,
        model: null,
        type: 'requests',
        limit: 7,
        remaining: 0,
      },
    });
    const { headers } = refused ?? { headers: new Headers() };
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(50);
    expect(headers.get('x-ratelimit-remaining-requests')).toBe('0');
    const left = answers.map((one) => one.headers.get('x-ratelimit-remaining-requests'));
    expect(new Set(left)).toEqual(new Set(['0', '1', '2', '3', '4', '5', '6']));
  });

  it('count chats, completions and embeddings together, plain and streamed, and lists not at all', async () => {
    const { client, teamId } = await caller();
    await setLimits(gateway, 'team', teamId, { requestsPerMinute: 4 });
    upstream.enqueue({}, { body: TEXT }, { body: EMBEDDING });
    const statuses = [
      (await client.chat('hello', { stream: true })).status,
      (await client.post('/v1/completions', { model: 'test-model', prompt: 'a' })).status,
      (await client.post('/v1/embeddings', { model: 'test-model', input: 'a' })).status,
      (await client.get('/v1/models')).status,
      (await client.get('/v1/models/test-model')).status,
      (await client.get('/user/info')).status,
      (await client.chat()).status,
    ];
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 200]);
    expect((await client.chat('hello', { stream: true })).status).toBe(429);
    expect((await client.post('/v1/embeddings', { model: 'test-model', input: 'a' })).status).toBe(
      429,
    );
    expect((await client.get('/v1/models')).status).toBe(200);
  });

  it('count a request that one limit refuses against no other', async () => {
    const { client, teamId, userId } = await caller();
    expect((await client.chat()).status).toBe(200);
    await setLimits(gateway, 'team', teamId, { requestsPerMinute: 9 });
    await setLimits(gateway, 'user', userId, { requestsPerMinute: 2 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.chat()));
    expect(statusesOf(answers)).toEqual({ 200: 2, 429: 18 });
    expect(refusalOf(answers.find(({ status }) => status === 429)).rate_limit).toMatchObject({
      scope: 'user',
      id: userId,
    });
    await setLimits(gateway, 'user', userId, {});
    const others = await Promise.all(Array.from({ length: 20 }, () => client.chat()));
    expect(statusesOf(others)).toEqual({ 200: 7, 429: 13 });
  });

  it('hold parallel requests until they end, also when the client leaves or the upstream fails', async () => {
    const { client, teamId } = await caller();
    await setLimits(gateway, 'team', teamId, { maxParallelRequests: 2 });
    const leaving = new AbortController();
    const open = (signal?: AbortSignal): Promise<Response> =>
      client.open('POST', '/v1/chat/completions', {
        body: {
          model: 'test-model',
          stream: true,
          messages: [{ role: 'user', content: 'a' }],
          ...upstream.behaviour({ hang: 'after-first-chunk' }),
        },
        ...(signal === undefined ? {} : { signal }),
      });
    await Promise.all([open(leaving.signal), open(leaving.signal)]);
    const refused = await client.chat();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    expect(refusalOf(refused).rate_limit).toMatchObject({
      type: 'max_parallel_requests',
      limit: 2,
    });
    leaving.abort();
    await eventually(async () => {
      expect((await client.chat()).status).toBe(200);
    });
    for (const status of [500, 400, 200, 429, 200])
      expect((await client.chat('a', upstream.behaviour({ status }))).status).toBe(status);
    expect((await client.chat('a', { stream: true })).text).toContain('[DONE]');
  });

  it('count the tokens that were used in the place of those that were expected', async () => {
    const { client, teamId } = await caller();
    await setLimits(gateway, 'team', teamId, { tokensPerMinute: 1000 });
    const used = upstream.behaviour({ promptTokens: 100, completionTokens: 200 });
    const first = await client.chat('hello', { ...used, max_tokens: 600 });
    expect([first.status, first.headers.get('x-ratelimit-limit-tokens')]).toEqual([200, '1000']);
    expect((await client.chat('hello', { ...used, max_tokens: 600 })).status).toBe(200);
    const third = await client.chat('hello', { ...used, max_tokens: 600 });
    expect([third.status, third.headers.get('x-ratelimit-remaining-tokens')]).toEqual([429, '400']);
    expect((await client.chat('hello', { ...used, max_tokens: 300 })).status).toBe(200);
    const tooLarge = await client.chat('hello', { max_tokens: 5000 });
    expect(refusalOf(tooLarge).message).toContain('The request is too large for its rate limit');
    expect(tooLarge.headers.get('x-should-retry')).toBe('false');
  });

  it('hold for administrators and their keys', async () => {
    const admin = Client.admin(gateway.url);
    await admin.post('/user/new', { user_id: 'boss', user_role: 'proxy_admin' });
    const made = await admin.post<{ key: string; token: string }>('/key/generate', {
      user_id: 'boss',
    });
    const { key, token } = made.json;
    await setLimits(gateway, 'key', token, { requestsPerMinute: 1 });
    const client = new Client(gateway.url, key);
    expect((await client.chat()).status).toBe(200);
    expect(refusalOf(await client.chat()).rate_limit).toMatchObject({ scope: 'key', id: token });
  });

  it('are what an explanation and the decision say', async () => {
    const { client, teamId, token } = await caller();
    await setLimits(gateway, 'team', teamId, { modelRequestsPerMinute: { 'test-model': 1 } });
    const admin = Client.admin(gateway.url);
    const explained = (): Promise<Answer<object>> =>
      admin.post<object>('/auth/explain', { token, model: 'test-model' });
    expect((await explained()).json).toMatchObject({ status: 200 });
    expect((await client.chat()).status).toBe(200);
    const refused = await client.chat();
    expect(refusalOf(refused).rate_limit).toMatchObject({ model: 'test-model', limit: 1 });
    const decided = { status: 429, reason: 'rate_limited', remedy: 'raise the limit, or wait' };
    expect((await explained()).json).toMatchObject(decided);
    const id = refused.headers.get('x-gatehouse-decision-id') ?? '';
    expect((await admin.get<object>(`/decisions/${id}`)).json).toMatchObject(decided);
  });
});
