import { Logger } from '@nestjs/common';
import { Client, type Answer } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

/** Order of the group of P-256 (FIPS 186-5). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} };
const ADMIN_SCOPE = 'litellm_proxy_admin';

interface RevocationBody {
  readonly revocation_id: string;
  readonly revocations: readonly { readonly revocation_id: string; readonly kind: string }[];
  readonly total: number;
}

/** The other valid ECDSA signature over the same token: (r, n - s). */
function twinOf(token: string): string {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  const s = BigInt(`0x${bytes.subarray(32).toString('hex')}`);
  const other = (ORDER - s).toString(16).padStart(64, '0');
  const twin = Buffer.concat([bytes.subarray(0, 32), Buffer.from(other, 'hex')]);
  return [header, payload, twin.toString('base64url')].join('.');
}

describe('the endpoints that take tokens back', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let admin: Client;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({ issuer, upstreamUrl: upstream.url });
    admin = Client.admin(gateway.url);
    await admin.post('/team/new', { team_id: 'research' });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const as = (token: string | null): Client => new Client(gateway.url, token);
  const tokenOf = (sub: string, claims: object = {}): Promise<string> =>
    issuer.sign({ sub, email: `${sub}@acme.example`, team: 'research', ...claims });
  const reasonOf = async (token: string): Promise<string | number> => {
    const response = await as(token).chat();
    return response.status === 200 ? 200 : response.json.error.reason;
  };
  const revoke = (body: object): Promise<Answer<RevocationBody>> =>
    admin.post<RevocationBody>('/revocations', { issuer: issuer.issuer, ...body });

  describe('POST /revocations', () => {
    it('answers with the revocation, and holds for the next request', async () => {
      const token = await tokenOf('one');
      expect(await reasonOf(token)).toBe(200);
      const { status, json } = await revoke({ kind: 'subject', subject: 'one', note: 'left' });
      expect(status).toBe(200);
      expect(json).toMatchObject({
        revocation_id: expect.stringMatching(/^rev_[0-9a-f]{32}$/),
        kind: 'subject',
        issuer: issuer.issuer,
        subject: 'one',
        token_id: null,
        issued_before: null,
        expires_at: null,
        source: 'admin',
        note: 'left',
      });
      expect(await reasonOf(token)).toBe('token_revoked');
    });

    it.each<[string, object]>([
      ['client_id', { client_id: 'c9' }],
      ['azp', { azp: 'c9' }],
      ['appid, as Entra ID v1 has it', { appid: 'c9' }],
      ['cid, as Okta has it', { cid: 'c9' }],
      ['azp beside another client_id', { client_id: 'x', azp: 'c9' }],
      ['cid beside another client_id', { client_id: 'x', cid: ['c9'] }],
    ])('refuses a client that the token names in %s', async (_claim, claims) => {
      const token = await tokenOf('nine', claims);
      const { json } = await revoke({ kind: 'client', client_id: 'c9' });
      expect(await reasonOf(token)).toBe('token_revoked');
      expect(await reasonOf(await tokenOf('nine', { client_id: 'x', azp: 'y' }))).toBe(200);
      await admin.send('DELETE', `/revocations/${json.revocation_id}`);
      expect(await reasonOf(token)).toBe(200);
    });

    /** Threat J12: who holds a signature can spell it otherwise. */
    it('holds for every variant of a revoked token', async () => {
      const token = await tokenOf('two', { jti: 'token-two' });
      const twin = twinOf(token);
      expect([await reasonOf(token), await reasonOf(twin)]).toEqual([200, 200]);
      await revoke({ kind: 'token', token_id: 'token-two' });
      expect([await reasonOf(token), await reasonOf(twin)]).toEqual([
        'token_revoked',
        'token_revoked',
      ]);
      expect(await reasonOf(`${token}=`)).toBe('token_invalid');
    });

    it('holds for administrators too', async () => {
      const token = await tokenOf('three', { scope: ADMIN_SCOPE });
      expect((await as(token).get('/revocations')).status).toBe(200);
      await revoke({ kind: 'subject', subject: 'three' });
      const { status, json } = await as(token).get('/revocations');
      expect([status, json.error.reason]).toEqual([401, 'token_revoked']);
    });

    it.each<[object, string]>([
      [{ kind: 'subject' }, 'subject'],
      [{ kind: 'token', subject: 'x' }, 'subject'],
      [{ kind: 'sessionless', subject: 'x' }, 'kind'],
      [{ kind: 'subject', subject: 'x', expires_at: 'tomorrow' }, 'expires_at'],
      [{ kind: 'subject', subject: 'x', reason: 'x' }, 'reason'],
    ])('refuses %j and names %s', async (body, param) => {
      const { status, json } = await revoke(body);
      expect(status).toBe(400);
      expect(json).toMatchObject({ error: { reason: 'request_invalid', param } });
    });

    it('asks for a credential, and for an administrator', async () => {
      const body = { kind: 'subject', issuer: issuer.issuer, subject: 'four' };
      expect((await as(null).post('/revocations', body)).status).toBe(401);
      expect((await as(await tokenOf('five')).post('/revocations', body)).status).toBe(403);
    });
  });

  describe('GET and DELETE /revocations', () => {
    it('list what is revoked and take it back', async () => {
      const token = await tokenOf('six', { azp: 'app-six' });
      const { json } = await revoke({ kind: 'client', client_id: 'app-six' });
      expect(await reasonOf(token)).toBe('token_revoked');
      const listed = await admin.get<RevocationBody>('/revocations?kind=client&page_size=1');
      expect(listed.json).toMatchObject({
        revocations: [{ revocation_id: json.revocation_id, client_id: 'app-six' }],
        total: 1,
        page: 1,
        page_size: 1,
        total_pages: 1,
      });
      const path = `/revocations/${json.revocation_id}`;
      expect((await admin.send('DELETE', path)).json).toMatchObject({ client_id: 'app-six' });
      expect(await reasonOf(token)).toBe(200);
      expect((await admin.send('DELETE', path)).status).toBe(404);
    });

    it('are for administrators', async () => {
      const token = await tokenOf('seven');
      expect((await as(token).get('/revocations')).status).toBe(403);
      expect((await as(token).send('DELETE', '/revocations/rev_0')).status).toBe(403);
      expect((await as(null).get('/revocations')).status).toBe(401);
    });
  });

  describe('POST /auth/backchannel-logout', () => {
    let count = 0;

    function aLogoutToken(claims: object, header: object = {}): Promise<string> {
      count += 1;
      const all = { jti: `logout-${String(count)}`, sub: null, events: EVENTS, ...claims };
      return issuer.sign(all, { typ: 'logout+jwt', ...header });
    }

    const logOut = (form: string, type = 'application/x-www-form-urlencoded'): Promise<Answer> =>
      as(null).send('POST', '/auth/backchannel-logout', {
        body: form,
        headers: { 'content-type': type },
      });

    it('ends one session and leaves the others', async () => {
      const [ended, other] = [
        await tokenOf('eight', { sid: 's-1' }),
        await tokenOf('eight', { sid: 's-2' }),
      ];
      const { status, headers, text } = await logOut(
        `logout_token=${await aLogoutToken({ sid: 's-1' })}`,
      );
      expect([status, text]).toEqual([200, '']);
      expect(headers.get('cache-control')).toBe('no-store');
      expect([await reasonOf(ended), await reasonOf(other)]).toEqual(['token_revoked', 200]);
      const { text: listed } = await admin.get('/revocations?kind=session');
      const [, end = ''] = /"expires_at":"([^"]+)"/.exec(listed) ?? [];
      expect(Math.round((Date.parse(end) - Date.now()) / 3_600_000)).toBe(24);
    });

    it('ends the tokens of the subject that name no session, when they were issued before', async () => {
      const now = Math.floor(Date.now() / 1000);
      const [before, after] = [
        await tokenOf('nine', { iat: now - 5 }),
        await tokenOf('nine', { iat: now - 3 }),
      ];
      const logout = await aLogoutToken({ sub: 'nine', sid: 's-9', iat: now - 4 });
      expect((await logOut(`logout_token=${logout}`)).status).toBe(200);
      expect([await reasonOf(before), await reasonOf(after)]).toEqual(['token_revoked', 200]);
    });

    it('ends every session of a subject without locking it out', async () => {
      const now = Math.floor(Date.now() / 1000);
      const [before, after] = [
        await tokenOf('ten', { sid: 's-3', iat: now - 5 }),
        await tokenOf('ten', { sid: 's-4', iat: now - 3 }),
      ];
      const logout = await aLogoutToken({ sub: 'ten', iat: now - 4 });
      expect((await logOut(`logout_token=${logout}`)).status).toBe(200);
      expect([await reasonOf(before), await reasonOf(after)]).toEqual(['token_revoked', 200]);
    });

    it.each([['chat-frontend'], [['one', 'two']], ['https://other.example']])(
      'accepts %j as the audience, which is the id of a client',
      async (aud) => {
        const subject = `of ${String(aud)}`;
        const token = await tokenOf(subject, { iat: Math.floor(Date.now() / 1000) - 5 });
        const logout = await aLogoutToken({ sub: subject, aud, typ: 'Logout' });
        expect((await logOut(`logout_token=${logout}`)).status).toBe(200);
        expect(await reasonOf(token)).toBe('token_revoked');
      },
    );

    it('lets a login of the same second in, and none of the tokens before it', async () => {
      const iat = Math.floor(Date.now() / 1000) - 1;
      const old = await tokenOf('thirteen', { iat, auth_time: iat - 60, sid: 's-7' });
      const fresh = await tokenOf('thirteen', { iat, auth_time: iat, sid: 's-8' });
      const logout = await aLogoutToken({ sub: 'thirteen', iat });
      expect((await logOut(`logout_token=${logout}`)).status).toBe(200);
      expect([await reasonOf(old), await reasonOf(fresh)]).toEqual(['token_revoked', 200]);
    });

    it('refuses a logout token that was used before', async () => {
      const form = `logout_token=${await aLogoutToken({ sid: 's-5' })}`;
      expect((await logOut(form)).status).toBe(200);
      const { status, headers, json } = await logOut(form);
      expect([status, json.error.reason]).toEqual([400, 'request_invalid']);
      expect(headers.get('cache-control')).toBe('no-store');
    });

    it.each<[string, () => Promise<string>]>([
      ['an access token', async () => `logout_token=${await tokenOf('eleven')}`],
      ['an ID token', async () => `logout_token=${await aLogoutToken({ sid: 's', nonce: 'n' })}`],
      [
        'a token of another type',
        async () => `logout_token=${await aLogoutToken({ sid: 's' }, { typ: 'JWT' })}`,
      ],
      [
        'two tokens',
        async () => {
          const token = await aLogoutToken({ sid: 's' });
          return `logout_token=${token}&logout_token=${token}`;
        },
      ],
      ['no token', () => Promise.resolve('logout_token=')],
      ['nothing', () => Promise.resolve('')],
    ])('refuses %s with 400, and logs one reason', async (_what, form) => {
      const posted = await form();
      const warn = jest.spyOn(Logger.prototype, 'warn');
      const { status, headers, json } = await logOut(posted);
      const lines = warn.mock.calls.map(([line]) => String(line));
      warn.mockRestore();
      const reasons = lines.filter((line) => line.startsWith('refused a back-channel logout: '));
      expect(reasons).toHaveLength(1);
      expect(reasons.join()).not.toMatch(/eyJ|eleven|logout-\d/);
      expect([status, json.error.reason]).toEqual([400, 'request_invalid']);
      expect(headers.get('cache-control')).toBe('no-store');
    });

    it('takes forms alone, and short ones', async () => {
      const token = await aLogoutToken({ sid: 's-6' });
      const json = JSON.stringify({ logout_token: token });
      expect((await logOut(json, 'application/json')).status).toBe(400);
      expect((await logOut(`logout_token=${'x'.repeat(70_000)}`)).status).toBe(413);
    });

    it('does not let a logout token in', async () => {
      const token = await aLogoutToken({ sub: 'twelve', team: 'research' });
      expect(await reasonOf(token)).toBe('token_invalid');
    });
  });
});
