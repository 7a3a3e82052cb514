import OpenAI from 'openai';
import { Database } from '#libs/database';
import { EndedObjectsService, RequestClaimsService } from '#libs/objects';
import { Client, type Answer } from '#support/client';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway, type TestSurroundings } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { describeWithPostgres } from '#support/postgres';

const ROUTE = '/v1/chat/completions';
const AFTER_MS = 60_000;

interface ClaimRow {
  readonly key_digest: Buffer;
  readonly in_work_until: Date | null;
}

describeWithPostgres('requests with an Idempotency-Key', (server) => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let around: TestSurroundings;
  let first: TestGateway;
  let second: TestGateway;
  let alice: string;
  let count = 0;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    around = {
      issuer,
      upstreamUrl: upstream.url,
      databaseUrl: await server().createDatabase(),
      gatehouse: `  spend: { client_abort: cancel }
litellm_settings:
  cache: true
  cache_params: { mode: default_off }
router_settings: { num_retries: 0, disable_cooldowns: true }
`,
    };
    [first, second] = await Promise.all([startGateway(around), startGateway(around)]);
    for (const team_id of ['research', 'sales'])
      await Client.admin(first.url).post('/team/new', { team_id });
    alice = await tokenOf('alice', 'research');
  });
  afterAll(async () => {
    await Promise.all([first.stop(), second.stop()]);
    await upstream.close();
    await issuer.stop();
  });

  const tokenOf = (sub: string, team: string): Promise<string> =>
    issuer.sign({ sub, email: `${sub}@acme.example`, team });
  const freshKey = (): string => `key-${String((count += 1))}`;
  const bodyOf = (extra: object = {}): object => ({
    model: 'test-model',
    messages: [{ role: 'user', content: 'hello' }],
    ...extra,
  });
  const send = (at: TestGateway, key: string, body = bodyOf(), token = alice): Promise<Answer> =>
    new Client(at.url, token).post(ROUTE, body, { 'idempotency-key': key });
  /** Sends until the call before is not in work any more: its end is noted behind its last byte. */
  const sendAfter = (at: TestGateway, key: string, body = bodyOf()): Promise<Answer> =>
    eventually(async () => {
      const answer = await send(at, key, body);
      if (reasonOf(answer) === 'idempotency_key_in_work') throw new Error('still in work');
      return answer;
    });
  const reasonOf = ({ status, json }: Answer): string | null =>
    status < 400 ? null : json.error.reason;
  const query = <T>(sql: string, values: readonly unknown[] = []): Promise<T> =>
    first.gateway.app.get(Database).write(({ manager }) => manager.query<T>(sql, [...values]));
  const calls = (): number => upstream.records.length;

  it('are charged once, on both replicas and after a restart', async () => {
    const key = freshKey();
    const before = calls();
    expect((await send(first, key)).status).toBe(200);
    const repeats = [await sendAfter(first, key), await sendAfter(second, key)];
    const restarted = await startGateway(around);
    try {
      repeats.push(await sendAfter(restarted, key));
    } finally {
      await restarted.stop();
    }
    for (const repeat of repeats) {
      expect(repeat.status).toBe(409);
      expect(reasonOf(repeat)).toBe('idempotency_key_used');
      expect(repeat.headers.get('x-should-retry')).toBe('false');
    }
    expect(calls()).toBe(before + 1);
  });

  it('reach the upstream once when they are sent at the same time', async () => {
    const key = freshKey();
    const before = calls();
    const body = bodyOf(upstream.behaviour({ firstDelayMs: 200 }));
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => send(index % 2 === 0 ? first : second, key, body)),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([
      200,
      ...Array.from({ length: 11 }, () => 409),
    ]);
    // On a slow machine one may come when the first has ended.
    const refused = answers.filter((answer) => reasonOf(answer) === 'idempotency_key_in_work');
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
    expect(calls()).toBe(before + 1);
  });

  it('are refused with another body, path or parts, in work and afterwards', async () => {
    const key = freshKey();
    const before = calls();
    const running = send(first, key, bodyOf(upstream.behaviour({ firstDelayMs: 300 })));
    await eventually(() => {
      expect(calls()).toBe(before + 1);
    });
    expect(reasonOf(await send(second, key))).toBe('idempotency_key_reused');
    expect((await running).status).toBe(200);
    const other = await sendAfter(second, key, bodyOf({ seed: 2 }));
    expect([other.status, reasonOf(other)]).toEqual([400, 'idempotency_key_reused']);
    const elsewhere = await new Client(first.url, alice).post(
      '/v1/embeddings',
      { model: 'test-model', input: 'x' },
      { 'idempotency-key': key },
    );
    expect(elsewhere.status).toBe(400);
  });

  it('are those of other callers under the same key', async () => {
    const key = freshKey();
    const { json } = await Client.admin(first.url).post<{ key: string }>('/key/generate', {
      team_id: 'research',
    });
    const tokens = [
      alice,
      await tokenOf('bob', 'research'),
      await tokenOf('alice', 'sales'),
      json.key,
    ];
    for (const token of tokens) expect((await send(first, key, bodyOf(), token)).status).toBe(200);
  });

  it('may be repeated after a failure that cost nothing, also with another body', async () => {
    const key = freshKey();
    upstream.enqueue({ status: 503 }, { status: 400 });
    expect((await send(first, key)).status).toBe(503);
    expect((await send(second, key)).status).toBe(400);
    expect(reasonOf(await send(first, key, bodyOf({ model: 'unknown' })))).not.toBeNull();
    expect((await send(second, key, bodyOf({ seed: 1 }))).status).toBe(200);
    expect((await sendAfter(first, key, bodyOf({ seed: 1 }))).status).toBe(409);
  });

  it('let an official client repeat by itself what has failed', async () => {
    const before = calls();
    upstream.enqueue({ status: 500 }, { status: 503 });
    const client = new OpenAI({ baseURL: `${first.url}/v1`, apiKey: alice, maxRetries: 2 });
    const completion = await client.chat.completions.create(
      { model: 'test-model', messages: [{ role: 'user', content: 'hello' }] },
      { headers: { 'Idempotency-Key': 'stainless-node-retry-1' } },
    );
    expect(completion.choices).toHaveLength(1);
    expect(calls()).toBe(before + 3);
  });

  it('of streams are charged once, also when the client has left', async () => {
    const key = freshKey();
    const body = bodyOf({ stream: true });
    const whole = await send(first, key, body);
    expect(whole.text).toContain('[DONE]');
    expect((await sendAfter(second, key, body)).status).toBe(409);

    const left = freshKey();
    const leaving = new AbortController();
    const hanging = bodyOf({ stream: true, ...upstream.behaviour({ hang: 'after-first-chunk' }) });
    const response = await new Client(first.url, alice).open('POST', ROUTE, {
      body: hanging,
      headers: { 'idempotency-key': left },
      signal: leaving.signal,
    });
    expect(response.status).toBe(200);
    expect(reasonOf(await send(second, left, hanging))).toBe('idempotency_key_in_work');
    leaving.abort();
    expect(reasonOf(await sendAfter(second, left, hanging))).toBe('idempotency_key_used');
  });

  it('get the cached response of the first again', async () => {
    const key = freshKey();
    const body = bodyOf({ cache: { 'use-cache': true } });
    const before = calls();
    const original = await send(first, key, body);
    const repeat = await sendAfter(first, key, body);
    expect([repeat.status, repeat.text]).toEqual([200, original.text]);
    expect(repeat.headers.get('x-litellm-cache-hit')).toBe('True');
    expect(Number(repeat.headers.get('x-litellm-response-cost'))).toBe(0);
    // The other replica has a cache of its own.
    expect(reasonOf(await sendAfter(second, key, body))).toBe('idempotency_key_used');
    expect(calls()).toBe(before + 1);
  });

  it('may be any number where nothing is charged, and have a form', async () => {
    const key = { 'idempotency-key': freshKey() };
    const client = new Client(first.url, alice);
    for (const bad of ['a'.repeat(256), 'ü']) {
      const answer = await client.post(ROUTE, bodyOf(), { 'idempotency-key': bad });
      expect([answer.status, reasonOf(answer)]).toEqual([400, 'request_invalid']);
    }
    const models = [await client.send('GET', '/v1/models', { headers: key })];
    models.push(await client.send('GET', '/v1/models', { headers: key }));
    expect(models.map(({ status }) => status)).toEqual([200, 200]);
  });

  it('are kept as digests alone', async () => {
    await send(first, 'a-secret-key');
    const rows = JSON.stringify(await query<ClaimRow[]>('SELECT c::text FROM request_claims c'));
    expect(rows).not.toContain('a-secret-key');
    expect(rows).not.toContain(Buffer.from('a-secret-key').toString('hex'));
  });

  it('are refused when the process of the first has ended without a word', async () => {
    const key = freshKey();
    const body = bodyOf({ stream: true, ...upstream.behaviour({ hang: 'after-first-chunk' }) });
    const leaving = new AbortController();
    await new Client(first.url, alice).open('POST', ROUTE, {
      body,
      headers: { 'idempotency-key': key },
      signal: leaving.signal,
    });
    await query(`UPDATE request_claims SET in_work_until = now() + interval '1 second'
      WHERE in_work_until IS NOT NULL`);
    await first.gateway.app.get(RequestClaimsService).renew();
    const [row] = await query<ClaimRow[]>(
      'SELECT in_work_until FROM request_claims WHERE in_work_until IS NOT NULL',
    );
    expect(row?.in_work_until?.getTime()).toBeGreaterThan(Date.now() + AFTER_MS / 2);
    expect(reasonOf(await send(second, key, body))).toBe('idempotency_key_in_work');
    await query('UPDATE request_claims SET in_work_until = now() WHERE in_work_until IS NOT NULL');
    expect(reasonOf(await send(second, key, body))).toBe('idempotency_key_used');
    leaving.abort();
  });

  it('are forgotten after a day', async () => {
    const [old, young] = [freshKey(), freshKey()];
    for (const key of [old, young]) expect((await send(first, key)).status).toBe(200);
    await sendAfter(first, young);
    await sendAfter(first, old);
    await query('UPDATE request_claims SET ends_at = now()');
    expect((await send(second, young, bodyOf({ seed: 3 }))).status).toBe(200);
    await first.gateway.app.get(EndedObjectsService).prune();
    const [left] = await query<{ count: string }[]>('SELECT count(*) FROM request_claims');
    expect(left?.count).toBe('1');
    expect((await send(first, old)).status).toBe(200);
  });
});
