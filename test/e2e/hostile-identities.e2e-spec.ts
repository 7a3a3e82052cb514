import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { rowCounts } from '#support/row-counts';

interface LogRow {
  readonly user: string;
  readonly team_id: string;
  readonly end_user: string;
  readonly organization_id: string;
}

const ADMIN_SCOPE = 'litellm_proxy_admin';
const EMAIL = 'alice@acme.example';

/** Lists from which no single value can be taken: refused by name, not ignored. */
const isAmbiguous = (shape: unknown): boolean =>
  Array.isArray(shape) && (shape.length > 1 || Array.isArray(shape[0]));

/** What no identity is, among it what object mappers take for a question. */
const SHAPES: readonly unknown[] = [
  { not: '' },
  { in: ['alice', 'research'] },
  { $ne: null },
  { equals: 'alice' },
  { toString: 'alice' },
  [],
  [[]],
  [['alice']],
  [{ id: 'alice' }],
  {},
  7,
  0,
  -1,
  1e300,
  true,
  false,
  '',
  'a\0b',
  '\ud800',
  'alice\udc00',
  'x'.repeat(256),
  'é'.repeat(128),
  'x'.repeat(6_000),
];

describe('identities', () => {
  let issuer: TestIssuer;
  let second: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let admin: Client;

  beforeAll(async () => {
    [issuer, second] = await Promise.all([TestIssuer.start(), TestIssuer.start()]);
    upstream = await startFakeUpstream();
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      gatehouse: `  issuers:
    - { issuer: '${second.issuer}', jwks_url: '${second.jwksUrl}', audience: gatehouse-tests }
  admin_issuers: ['${issuer.issuer}']
`,
    });
    admin = Client.admin(gateway.url);
    await admin.post('/team/new', { team_id: 'research' });
    await admin.post('/user/new', { user_id: 'alice', user_email: EMAIL, auto_create_key: false });
    await admin.post('/organization/new', { organization_id: 'acme', organization_alias: 'Acme' });
    const first = await (await clientOf({})).chat();
    expect(await loggedOf(first.headers.get('x-request-id'))).toMatchObject({ user: 'alice' });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
    await second.stop();
  });

  const clientOf = async (claims: Record<string, unknown>, from = issuer): Promise<Client> =>
    new Client(gateway.url, await from.sign({ email: EMAIL, team: 'research', ...claims }));

  const loggedOf = async (id: string | null): Promise<LogRow | undefined> =>
    (await admin.get<LogRow[]>(`/spend/logs?request_id=${id ?? ''}`)).json[0];

  const reasonOf = async (client: Client): Promise<string> => {
    const answer = await client.chat();
    return answer.status === 200 ? 'admitted' : answer.json.error.reason;
  };

  it('in lists with one member are those members', async () => {
    const claims = { team: ['research'], email: [EMAIL], org: ['acme'], end_user: ['customer'] };
    const response = await (await clientOf({ sub: 'alice', ...claims })).chat();
    const ids = { team_id: 'research', organization_id: 'acme', end_user: 'customer' };
    expect(await loggedOf(response.headers.get('x-request-id'))).toMatchObject(ids);
  });

  it.each(['team', 'email', 'org', 'end_user'])(
    'in a list with two members in %s: 403, and nothing is written',
    async (claim) => {
      const before = await rowCounts(gateway);
      expect(await reasonOf(await clientOf({ [claim]: ['a', 'b'] }))).toBe('claim_ambiguous');
      expect(await rowCounts(gateway)).toEqual(before);
    },
  );

  describe('that are not valid make no row and identify no caller (threat C20)', () => {
    it('in sub: 401', async () => {
      const before = await rowCounts(gateway);
      for (const shape of SHAPES) {
        const reason = await reasonOf(await clientOf({ sub: shape, email_verified: true }));
        expect([shape, reason]).toEqual([shape, 'token_invalid']);
      }
      expect(await rowCounts(gateway)).toEqual(before);
    });

    it.each([
      ['end_user', 'end_user'],
      ['org', 'organization_id'],
    ] as const)('in %s', async (claim, member) => {
      const before = await rowCounts(gateway);
      let admitted = 0;
      for (const shape of SHAPES) {
        const answer = await (await clientOf({ [claim]: shape })).chat();
        expect([shape, [200, 403].includes(answer.status)]).toEqual([shape, true]);
        if (answer.status !== 200) continue;
        admitted += 1;
        const row = await loggedOf(answer.headers.get('x-request-id'));
        expect([shape, row?.[member] ?? '']).toEqual([shape, '']);
      }
      const after = await rowCounts(gateway);
      expect({ ...after, spend_entries: 0 }).toEqual({ ...before, spend_entries: 0 });
      expect(Number(after['spend_entries']) - Number(before['spend_entries'])).toBe(admitted);
    });

    it('in team, where one is required: 403', async () => {
      const before = await rowCounts(gateway);
      for (const shape of SHAPES) {
        const reason = await reasonOf(await clientOf({ team: shape }));
        const expected = isAmbiguous(shape) ? 'claim_ambiguous' : 'team_required';
        expect([shape, reason]).toEqual([shape, expected]);
      }
      expect(await rowCounts(gateway)).toEqual(before);
    });

    it('in email, where its domain is evaluated: 403', async () => {
      const before = await rowCounts(gateway);
      for (const shape of [...SHAPES, null, [EMAIL, EMAIL], { email: EMAIL }]) {
        const reason = await reasonOf(await clientOf({ email: shape }));
        const expected = isAmbiguous(shape) ? 'claim_ambiguous' : 'email_domain_not_allowed';
        expect([shape, reason]).toEqual([shape, expected]);
      }
      expect(await rowCounts(gateway)).toEqual(before);
    });
  });

  it.each([
    ['composed and decomposed', 'caf\u00e9', 'cafe\u0301'],
    ['small and large letters', 'zoe', 'Zoe'],
    ['a zero-width space', 'bob', 'bob\u200b'],
    ['a zero-width joiner', 'bob\u200c', 'bob\u200d'],
    ['a space behind it', 'carl', 'carl '],
    ['a no-break space', 'carl d', 'carl\u00a0d'],
    ['full width', 'dan', 'd\uff41n'],
    ['a ligature', 'fiona', '\ufb01ona'],
    ['the Kelvin sign', 'kim', '\u212aim'],
    ['dotless i', 'i', '\u0131'],
    ['another script', 'eve', '\u0435ve'],
    ['a direction mark', 'joe', '\u200ejoe'],
    ['a byte-order mark', 'jon', '\ufeffjon'],
  ])('that differ in bytes alone are two: %s (threat C21)', async (_what, one, two) => {
    const before = await rowCounts(gateway);
    const ids = [one, two].map((id) => `${id}-${_what}`);
    for (const sub of ids) {
      const answer = await (await clientOf({ sub })).chat();
      expect(answer.status).toBe(200);
      expect((await loggedOf(answer.headers.get('x-request-id')))?.user).toBe(sub);
    }
    const after = await rowCounts(gateway);
    expect(Number(after['users']) - Number(before['users'])).toBe(2);
  });

  it('that are ill-formed are never made one by replacement characters (threat C21)', async () => {
    const before = await rowCounts(gateway);
    for (const sub of ['\ud800', '\udfff', 'a\ud800', 'a\udbff']) {
      await (await clientOf({ sub })).chat();
    }
    expect((await rowCounts(gateway))['users']).toBe(before['users']);
    const found = await admin.get(`/user/info?user_id=${encodeURIComponent('\ufffd')}`);
    expect(found.status).toBe(404);
  });

  describe('of another issuer', () => {
    it('are not those of the first one, also with the same subject (threat C22)', async () => {
      expect(await reasonOf(await clientOf({ sub: 'alice' }, second))).toBe('identity_conflict');
    });

    it('are the account’s from when an administrator links them until it is linked elsewhere', async () => {
      const link = (bound_issuer: string | null, bound_subject: string | null) =>
        admin.post('/user/update', { user_id: 'alice', bound_issuer, bound_subject });
      expect((await link(second.issuer, 'alice')).status).toBe(200);
      expect(await reasonOf(await clientOf({ sub: 'alice' }, second))).toBe('admitted');
      expect(await reasonOf(await clientOf({ sub: 'alice' }))).toBe('identity_conflict');
      expect((await link(null, null)).status).toBe(200);
      expect(await reasonOf(await clientOf({ sub: 'alice' }))).toBe('admitted');
      expect(await reasonOf(await clientOf({ sub: 'alice' }, second))).toBe('identity_conflict');
      expect((await link(null, 'alice')).status).toBe(400);
      const boss = await clientOf({ sub: 'alice' });
      const body = { user_id: 'alice', bound_issuer: second.issuer };
      expect((await boss.post('/user/update', body)).status).toBe(403);
    });

    it('with the same address are another user: a row, spend and a role of their own (threat C22)', async () => {
      const claims = { sub: 'alice-of-b', email: EMAIL, email_verified: true };
      const answer = await (await clientOf(claims, second)).chat();
      expect(answer.status).toBe(200);
      const row = await loggedOf(answer.headers.get('x-request-id'));
      expect(row).toMatchObject({ user: 'alice-of-b' });
      await admin.post('/user/update', { user_id: 'alice', user_role: 'proxy_admin' });
      expect((await (await clientOf(claims, second)).get('/user/list')).status).toBe(403);
      await admin.post('/user/update', { user_id: 'alice', user_role: 'internal_user' });
    });

    it('are not administrators, by scope or by row, where their issuer may not have any', async () => {
      const scoped = await clientOf({ sub: 'boss-b', scope: ADMIN_SCOPE, team: null }, second);
      expect((await scoped.get('/user/list')).status).toBe(403);
      await admin.post('/user/new', {
        user_id: 'row-b',
        user_role: 'proxy_admin',
        auto_create_key: false,
      });
      expect((await (await clientOf({ sub: 'row-b' }, second)).get('/user/list')).status).toBe(403);
    });
  });

  describe('of administrators', () => {
    it('pass the gates that everybody passes: address and block (threat C24)', async () => {
      const wrong = { sub: 'root', scope: ADMIN_SCOPE, email: 'root@evil.example' };
      const refused = await (await clientOf(wrong)).get('/user/list');
      expect([refused.status, refused.json.error.reason]).toEqual([
        403,
        'email_domain_not_allowed',
      ]);
      await admin.post('/user/new', { user_id: 'root', auto_create_key: false });
      const client = await clientOf({ sub: 'root', scope: ADMIN_SCOPE });
      expect((await client.get('/user/list')).status).toBe(200);
      await admin.post('/user/update', { user_id: 'root', blocked: true });
      const blocked = await client.get('/user/list');
      expect([blocked.status, blocked.json.error.reason]).toEqual([403, 'user_blocked']);
      expect((await client.post('/team/new', { team_id: 'by-blocked' })).status).toBe(403);
    });

    it.each<[unknown, number]>([
      [ADMIN_SCOPE, 200],
      [`openid ${ADMIN_SCOPE}`, 200],
      [[ADMIN_SCOPE], 200],
      [[['litellm_proxy_admin']], 403],
      [[ADMIN_SCOPE, 7], 403],
      [{ 0: ADMIN_SCOPE }, 403],
      [{ [ADMIN_SCOPE]: true }, 403],
      [`openid,${ADMIN_SCOPE}`, 403],
      [`openid\t${ADMIN_SCOPE}`, 403],
      [`openid\u00a0${ADMIN_SCOPE}`, 403],
      [`${ADMIN_SCOPE}s`, 403],
      [`x${ADMIN_SCOPE}`, 403],
      [ADMIN_SCOPE.toUpperCase(), 403],
      [`"${ADMIN_SCOPE}"`, 403],
      ['*', 403],
      [7, 403],
      [true, 403],
      [null, 403],
    ])('have exactly the scope: %j is %i (threat C15)', async (scope, status) => {
      const client = await clientOf({ sub: 'scoped', scope });
      expect((await client.get('/user/list')).status).toBe(status);
    });

    it('are not made by members that sound like it (threat C17)', async () => {
      const client = await clientOf({
        sub: 'spoofer',
        is_admin: true,
        isAdmin: true,
        role: 'proxy_admin',
        user_role: 'proxy_admin',
        _litellm_user_role: 'proxy_admin',
        _litellm_is_admin: true,
        _gatehouse_principal: { isAdmin: true, mayAdminister: true },
        _gatehouse_team_id: 'other',
        metadata: { user_role: 'proxy_admin' },
        roles: ['proxy_admin', '*'],
        realm_access: { roles: ['proxy_admin'] },
      });
      expect((await client.get('/user/list')).status).toBe(403);
      const answer = await client.chat();
      const row = await loggedOf(answer.headers.get('x-request-id'));
      expect(row).toMatchObject({ user: 'spoofer', team_id: 'research' });
    });
  });
});
