import fc from 'fast-check';
import { isGatehouseError, isIdentityText } from '#libs/common';
import type { ClaimFields, IssuerSettings, JwtSettings } from '#libs/config';
import { aClaim, anIssuer, claimFields, jwtSettings } from '#support/jwt-settings';
import { mapClaims } from './claims-mapping.js';

const FIELDS: Partial<ClaimFields> = {
  userId: aClaim('sub'),
  userEmail: aClaim('email'),
  teamId: aClaim('team'),
  isTeamSoft: false,
  orgId: aClaim('org.id'),
  endUserId: aClaim('end_user'),
};

const map = (
  claims: Record<string, unknown>,
  fields: Partial<ClaimFields> = {},
  settings: Partial<JwtSettings> = {},
  entry: Partial<IssuerSettings> = {},
) =>
  mapClaims(
    {
      kind: 'jwt',
      claims,
      fields: claimFields({ ...FIELDS, ...fields }),
      entry: anIssuer(entry),
    },
    jwtSettings(settings),
  );

/** `null` for claims that are refused. */
const mappedOrRefused = (claims: Record<string, unknown>, fields: Partial<ClaimFields>) => {
  try {
    return map(claims, fields);
  } catch (error) {
    if (!isGatehouseError(error)) throw error;
    expect(['token_invalid', 'claim_ambiguous']).toContain(error.code);
    return null;
  }
};

describe('claims become a principal', () => {
  test('with every id in its place', () => {
    const claims = {
      iss: 'https://id.example',
      sub: 'alice',
      email: 'alice@acme.example',
      email_verified: true,
      team: 'research',
      org: { id: 'acme', name: 'Acme' },
      end_user: 'customer-1',
      agent: 'bot',
      scope: 'openid chat',
      azp: 'app',
      jti: 'token-1',
      sid: 'session-1',
      iat: 1_800_000_000,
      auth_time: 1_799_999_000,
    };
    const principal = map(claims, { orgAlias: aClaim('org.name'), agentId: aClaim('agent') });
    expect(principal).toEqual({
      kind: 'jwt',
      issuer: 'https://id.example',
      subject: 'alice',
      userId: 'alice',
      email: 'alice@acme.example',
      emailVerified: true,
      teams: { teamId: 'research', source: 'claim', alias: null, listed: null, isRequired: true },
      orgId: 'acme',
      orgAlias: 'Acme',
      endUserId: 'customer-1',
      agentId: 'bot',
      scopes: ['openid', 'chat'],
      roles: [],
      rbacRole: 'team',
      role: null,
      isAdmin: false,
      mayAdminister: true,
      clientIds: ['app'],
      tokenId: 'token-1',
      sessionId: 'session-1',
      issuedAt: 1_800_000_000,
      authenticatedAt: 1_799_999_000,
      key: null,
      claims,
    });
    expect(Object.isFrozen(principal)).toBe(true);
  });

  test('that has the email for its user id where no claim is configured', () => {
    const email = 'a@acme.example';
    expect(map({ sub: 'x', email }, { userId: null }).userId).toBe(email);
    expect(map({ sub: 'x' }, { userId: null }).userId).toBeNull();
    for (const unreadable of [{ email }, 7, true, [{ email }]]) {
      expect(() => map({ email: unreadable }, { userId: null })).toThrow(
        expect.objectContaining({ code: 'claim_ambiguous' }),
      );
    }
  });

  test('that has the email for an absent user id only when the issuer vouches for it', () => {
    const email = 'a@acme.example';
    const linked = (claims: Record<string, unknown>) => map(claims, {}, { linkByEmail: 'all' });
    expect(linked({ email, email_verified: true }).userId).toBe(email);
    expect(linked({ email, email_verified: false }).userId).toBeNull();
    expect(linked({ email }).userId).toBeNull();
    expect(linked({ email_verified: true }).userId).toBeNull();
  });

  test('that has the email for an absent user id only of issuers that it is switched on for', () => {
    const claims = { iss: 'https://id.example', email: 'a@acme.example', email_verified: true };
    const from = (linkByEmail: JwtSettings['linkByEmail']) =>
      map(claims, {}, { linkByEmail }).userId;
    expect(from(null)).toBeNull();
    expect(from([])).toBeNull();
    expect(from(['https://id.example/'])).toBeNull();
    expect(from(['https://id.example'])).toBe('a@acme.example');
  });

  test('that has the email of a trusted issuer for an absent user id unless the token says no', () => {
    const silent = { iss: 'https://id.example', email: 'a@acme.example' };
    const from = (trustedEmailIssuers: readonly string[], claims: object = silent) =>
      map({ ...claims }, {}, { linkByEmail: 'all', trustedEmailIssuers }).userId;
    expect(from([])).toBeNull();
    expect(from(['https://other.example'])).toBeNull();
    expect(from(['https://id.example/'])).toBeNull();
    expect(from(['https://id.example'])).toBe('a@acme.example');
    expect(from(['https://id.example'], { ...silent, email_verified: false })).toBeNull();
    expect(from(['https://id.example'], { email: silent.email })).toBeNull();
  });

  test.each([
    [{ $ne: '' }],
    [''],
    [7],
    [true],
    [[]],
    [['alice', 'bob']],
    [[['alice']]],
    ['a\0b'],
    ['\ud800'],
    ['é'.repeat(128)],
  ])('not at all, even with a verified email, if the claim of the user is %p', (sub) => {
    const refused = expect.objectContaining({ code: 'token_invalid' });
    const claims = { sub, email: 'a@acme.example', email_verified: true };
    for (const kind of ['jwt', 'userinfo', 'introspection'] as const) {
      const fields = claimFields(FIELDS);
      const settings = jwtSettings({ linkByEmail: 'all' });
      expect(() => mapClaims({ kind, claims, fields, entry: null }, settings)).toThrow(refused);
    }
    const fields = { userId: aClaim('id'), objectId: aClaim('sub'), roles: aClaim('roles') };
    const rbac = {
      ...jwtSettings().rbac,
      roleMappings: [{ role: 'staff', internalRole: 'internal_user' as const }],
    };
    expect(() => map({ ...claims, roles: ['staff'] }, fields, { rbac })).toThrow(refused);
    expect(map(claims, { userId: null }).userId).toBe('a@acme.example');
  });

  test('without user id, even with a verified email, if the claim is null', () => {
    const claims = { sub: null, email: 'a@acme.example', email_verified: true };
    expect(map(claims, {}, { linkByEmail: 'all' }).userId).toBeNull();
  });

  test('whose user id is what the pattern takes out of a text that is too long for an id', () => {
    const userId = { ...aClaim('sub'), regex: '/([^/]+)$' };
    expect(map({ sub: `${'x'.repeat(300)}/alice` }, { userId }).userId).toBe('alice');
  });

  test('without user id, even with a verified email, if the pattern of the claim does not match', () => {
    const userId = { ...aClaim('sub'), regex: '^emp-(.+)$' };
    const claims = { sub: 'guest-1', email: 'a@acme.example', email_verified: true };
    expect(map(claims, { userId }, { linkByEmail: 'all' }).userId).toBeNull();
    expect(map({ ...claims, sub: 'emp-1' }, { userId }).userId).toBe('1');
  });

  test.each([
    ['a number', 7],
    ['an object', { not: '' }],
    ['true', true],
    ['empty', ''],
    ['with NUL', 'a\0b'],
    ['a lone surrogate', '\ud800'],
    ['longer than 255 bytes', 'é'.repeat(128)],
    ['an empty list', []],
    ['a list of an object', [{ id: 't' }]],
  ])(
    'without a team where its claim is %s; organisation and end user are refused',
    (shape, value) => {
      const { teams } = map({ team: value });
      expect(teams.teamId).toBeNull();
      const refused = expect.objectContaining({ code: 'claim_ambiguous' });
      for (const claims of [{ org: { id: value } }, { end_user: value }]) {
        if (shape.startsWith('empty') || shape === 'an empty list') {
          expect(map(claims)).toMatchObject({ orgId: null, endUserId: null });
        } else {
          expect(() => map(claims)).toThrow(refused);
        }
      }
    },
  );

  test('with ids of lists that have one member', () => {
    expect(map({ org: { id: ['o'] }, end_user: ['e'] })).toMatchObject({
      orgId: 'o',
      endUserId: 'e',
    });
  });

  test('that is admin by exactly the admin scope', () => {
    expect(map({ scope: 'a litellm_proxy_admin' }).isAdmin).toBe(true);
    expect(map({ scope: ['litellm_proxy_admin'] }).isAdmin).toBe(true);
    for (const scope of [
      'litellm_proxy_admin2',
      'LITELLM_PROXY_ADMIN',
      'litellm_proxy_admin,b',
      null,
      {},
    ]) {
      expect(map({ scope }).isAdmin).toBe(false);
    }
    expect(map({ scp: 'litellm_proxy_admin' }).isAdmin).toBe(false);
    expect(map({ scp: 'litellm_proxy_admin' }, { scope: aClaim('scp') }).isAdmin).toBe(true);
  });

  test('that is admin only from an issuer that may assert it', () => {
    const claims = { iss: 'https://id.example', scope: 'litellm_proxy_admin' };
    const from = (adminIssuers: readonly string[], own = claims) => {
      const { isAdmin, mayAdminister, rbacRole } = map(own, {}, { adminIssuers });
      expect(isAdmin).toBe(mayAdminister);
      expect(rbacRole === 'proxy_admin').toBe(isAdmin);
      return isAdmin;
    };
    expect(from(['https://id.example'])).toBe(true);
    expect(from(['https://id.example/'])).toBe(false);
    expect(from([])).toBe(false);
    expect(map({ scope: 'litellm_proxy_admin' }, {}, { adminIssuers: ['x'] }).isAdmin).toBe(false);
  });

  test('whose user comes from the template of its issuer, without user id if a claim of the template is missing', () => {
    const entry = { principalTemplate: 'repo:{repository}:{ref}' };
    const claims = { sub: 'alice', repository: 'acme/app', ref: 'refs/heads/main' };
    expect(map(claims, {}, {}, entry).userId).toBe('repo:acme/app:refs/heads/main');
    expect(map(claims, {}, {}, entry).accountSubject).toBe('repo:acme/app:refs/heads/main');
    expect(map({ sub: 'alice', ref: 'x' }, {}, {}, entry).userId).toBeNull();
  });

  test.each(['client_id', 'azp', 'appid', 'cid'])('whose client is in the claim %s', (name) => {
    expect(map({ sub: 'x', [name]: 'app' }).clientIds).toEqual(['app']);
    expect(map({ sub: 'x', [name]: ['app'] }).clientIds).toEqual(['app']);
    expect(map({ sub: 'x', [name]: 7 }).clientIds).toEqual([]);
  });

  test('whose clients are all that the token names, each once', () => {
    const claims = { cid: 'okta-app', appid: 'app', azp: 'app', client_id: 'other' };
    expect(map(claims).clientIds).toEqual(['other', 'app', 'okta-app']);
  });

  test('whose ids are identity strings or null for arbitrary claims', () => {
    const names = ['iss', 'sub', 'email', 'team', 'groups', 'org', 'end_user', 'scope', 'roles'];
    const fields = { teamIds: aClaim('groups'), roles: aClaim('roles') };
    const claims = fc.dictionary(fc.constantFrom(...names), fc.jsonValue());
    fc.assert(
      fc.property(claims, (random) => {
        const principal = mappedOrRefused(random, fields);
        if (principal === null) return;
        const { issuer, subject, userId, email, teams, orgId, endUserId } = principal;
        const { teamId, alias, listed } = teams;
        const ids = [issuer, subject, userId, email, teamId, alias, orgId, endUserId];
        for (const id of [...ids, ...(listed ?? [])]) {
          expect(id === null || isIdentityText(id)).toBe(true);
        }
      }),
    );
  });
});
