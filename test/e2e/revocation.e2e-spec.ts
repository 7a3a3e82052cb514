import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import type { FakeUpstream } from '#support/fake-upstream';
import type { TestGateway } from '#support/gateway';
import type { TestIssuer } from '#support/issuer';
import { describeWithPostgres } from '#support/postgres';
import { startReplicas, type Replicas } from '#support/replicas';

/** What is promised for every replica. */
const BOUND_MS = 1_000;

/** A stream that runs until it is ended: what came of it, and its end. */
interface RunningStream {
  readonly ended: Promise<{ readonly text: string; readonly atMs: number }>;
}

describeWithPostgres('access that is taken back, on two replicas', (server) => {
  let replicas: Replicas;
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let first: TestGateway;
  let second: TestGateway;
  let admin: Client;

  beforeAll(async () => {
    replicas = await startReplicas(server(), { gatehouse: '  spend: { client_abort: cancel }' });
    ({ issuer, upstream, first, second } = replicas);
    admin = Client.admin(first.url);
    await admin.post('/team/new', { team_id: 'research' });
  });

  afterAll(async () => {
    await replicas.stop();
  });

  const tokenOf = (sub: string, claims: object = {}): Promise<string> =>
    issuer.sign({ sub, email: `${sub}@acme.example`, team: 'research', ...claims });

  /** Begins a stream of a minute and resolves with its first bytes. */
  async function aStream(gateway: TestGateway, token: string): Promise<RunningStream> {
    const response = await new Client(gateway.url, token).open('POST', '/v1/chat/completions', {
      body: {
        model: 'test-model',
        stream: true,
        messages: [{ role: 'user', content: 'hello' }],
        ...upstream.behaviour({ chunks: 3_000, delayMs: 20 }),
      },
    });
    expect(response.status).toBe(200);
    if (response.body === null) throw new Error('the stream has no body');
    const pieces = response.body[Symbol.asyncIterator]();
    await pieces.next();
    return { ended: readOn(pieces) };
  }

  async function readOn(
    pieces: AsyncIterator<Uint8Array>,
  ): Promise<{ text: string; atMs: number }> {
    let text = '';
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
      text += Buffer.from(next.value).toString();
    }
    return { text, atMs: performance.now() };
  }

  async function expectEnded(
    streams: readonly RunningStream[],
    reason: string,
    sinceMs: number,
  ): Promise<void> {
    for (const { ended } of streams) {
      const { text, atMs } = await ended;
      const last = /data: (\{"error":.*\})\n\n$/.exec(text);
      expect(JSON.parse(last?.[1] ?? '{}')).toMatchObject({ error: { reason } });
      expect(text).not.toContain('[DONE]');
      expect(atMs - sinceMs).toBeLessThan(BOUND_MS);
    }
  }

  it.each<[string, string, object, object]>([
    ['its subject', 'subject', {}, { subject: 'revoked-subject' }],
    ['the token', 'token', { jti: 'a-token' }, { token_id: 'a-token' }],
    ['the session', 'session', { sid: 'a-session' }, { session_id: 'a-session' }],
    ['the client', 'client', { azp: 'an-app' }, { client_id: 'an-app' }],
  ])(
    'ends the streams and refuses the next request when %s is revoked, within a second',
    async (_what, kind, claims, ids) => {
      const token = await tokenOf(`revoked-${kind}`, claims);
      const bystander = await tokenOf('bystander');
      const streams = [await aStream(first, token), await aStream(second, token)];
      const other = await aStream(second, bystander);
      const sinceMs = performance.now();
      const answer = await admin.post('/revocations', { kind, issuer: issuer.issuer, ...ids });
      expect(answer.status).toBe(200);
      const here = await new Client(first.url, token).chat();
      expect(here.status).toBe(401);
      expect(here.json.error.reason).toBe('token_revoked');
      await expectEnded(streams, 'token_revoked', sinceMs);
      const there = await new Client(second.url, token).chat();
      expect(there.json.error.reason).toBe('token_revoked');
      expect(performance.now() - sinceMs).toBeLessThan(BOUND_MS);
      const stillRuns = await Promise.race([other.ended.then(() => false), delay(100, true)]);
      expect(stillRuns).toBe(true);
      await admin.post('/user/update', { user_id: 'bystander', blocked: true });
      await other.ended;
      await admin.post('/user/update', { user_id: 'bystander', blocked: false });
    },
  );

  it.each<[string, string, string, object]>([
    ['a user who is blocked', 'user_blocked', '/user/update', { user_id: 'one', blocked: true }],
    ['a user who is deleted', 'user_unknown', '/user/delete', { user_ids: ['one'] }],
    ['a team that is blocked', 'team_blocked', '/team/block', { team_id: 'marketing' }],
  ])('ends the streams of %s, within a second', async (_what, reason, path, body) => {
    await admin.post('/team/new', { team_id: 'marketing' });
    const token = await tokenOf('one', { team: 'marketing' });
    await admin.post('/user/update', { user_id: 'one', blocked: false });
    const streams = [await aStream(first, token), await aStream(second, token)];
    const sinceMs = performance.now();
    expect((await admin.post(path, body)).status).toBe(200);
    await expectEnded(streams, reason, sinceMs);
  });

  it('refuses everything that was issued before a time, until that is taken back', async () => {
    const old = await tokenOf('eve', { iat: Math.floor(Date.now() / 1000) - 60 });
    const issuedBefore = new Date(Date.now() - 30_000).toISOString();
    const { json } = await admin.post<{ revocation_id: string }>('/revocations', {
      kind: 'issued_before',
      issued_before: issuedBefore,
    });
    await eventually(async () => {
      expect((await new Client(second.url, old).chat()).json.error.reason).toBe('token_revoked');
    }, BOUND_MS);
    expect((await new Client(second.url, await tokenOf('eve')).chat()).status).toBe(200);
    await Client.admin(second.url).send('DELETE', `/revocations/${json.revocation_id}`);
    await eventually(async () => {
      expect((await new Client(first.url, old).chat()).status).toBe(200);
    }, BOUND_MS);
  });

  it('ends a session by a back-channel logout at either replica, once', async () => {
    const token = await tokenOf('mallory', { sid: 'her-session' });
    const streams = [await aStream(first, token), await aStream(second, token)];
    const logoutToken = await issuer.sign(
      {
        sub: 'mallory',
        sid: 'her-session',
        jti: 'a-logout',
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
      },
      { typ: 'logout+jwt' },
    );
    const logOut = (gateway: TestGateway): Promise<{ readonly status: number }> =>
      new Client(gateway.url, null).send('POST', '/auth/backchannel-logout', {
        body: `logout_token=${logoutToken}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
    const sinceMs = performance.now();
    expect((await logOut(first)).status).toBe(200);
    await expectEnded(streams, 'token_revoked', sinceMs);
    expect((await logOut(second)).status).toBe(400);
    const elsewhere = await tokenOf('mallory', { sid: 'another-session' });
    expect((await new Client(second.url, elsewhere).chat()).status).toBe(200);
  });

  it('tells a login of the second of a logout from the tokens before it at either replica', async () => {
    const iat = Math.floor(Date.now() / 1000) - 1;
    const old = await tokenOf('trudy', { iat, auth_time: iat - 60 });
    const fresh = await tokenOf('trudy', { iat, auth_time: iat });
    const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
    const claims = { sub: 'trudy', iat, jti: 'of-that-second', aud: 'chat-frontend', events };
    const logoutToken = await issuer.sign(claims, { typ: 'logout+jwt' });
    const { status } = await new Client(first.url, null).send('POST', '/auth/backchannel-logout', {
      body: `logout_token=${logoutToken}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(status).toBe(200);
    for (const { url } of [first, second]) {
      await eventually(async () => {
        expect((await new Client(url, old).chat()).json.error.reason).toBe('token_revoked');
      }, BOUND_MS);
      expect((await new Client(url, fresh).chat()).status).toBe(200);
    }
  });
});
