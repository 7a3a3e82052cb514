import fc from 'fast-check';
import { isIdentityText } from '#libs/common';
import type { JwtSettings } from '#libs/config';
import { mapClaims } from './claims-mapping.js';

const SETTINGS = {
  adminScope: 'litellm_proxy_admin',
  adminIssuers: null,
  scopeField: 'scope',
  teamIdField: 'team',
  userIdField: 'sub',
  userEmailField: 'email',
  orgIdField: 'org.id',
  endUserIdField: 'end_user',
} as unknown as JwtSettings;

const map = (claims: Record<string, unknown>, settings: Partial<JwtSettings> = {}) =>
  mapClaims(claims, { ...SETTINGS, ...settings });

describe('claims become a principal', () => {
  test('with every id in its place', () => {
    const principal = map({
      iss: 'https://id.example',
      sub: 'alice',
      email: 'alice@acme.example',
      email_verified: true,
      team: 'research',
      org: { id: 'acme' },
      end_user: 'customer-1',
      scope: 'openid chat',
    });
    expect(principal).toEqual({
      kind: 'jwt',
      issuer: 'https://id.example',
      subject: 'alice',
      userId: 'alice',
      email: 'alice@acme.example',
      emailVerified: true,
      teamId: 'research',
      isTeamSoft: false,
      orgId: 'acme',
      endUserId: 'customer-1',
      scopes: ['openid', 'chat'],
      isAdmin: false,
    });
    expect(Object.isFrozen(principal)).toBe(true);
  });

  test('that has the email for its user id where no claim is configured', () => {
    const email = 'a@acme.example';
    expect(map({ sub: 'x', email }, { userIdField: null }).userId).toBe(email);
    expect(map({ sub: 'x' }, { userIdField: null }).userId).toBeNull();
  });

  test('that has the email for an absent user id only when the issuer vouches for it', () => {
    const email = 'a@acme.example';
    expect(map({ email, email_verified: true }).userId).toBe(email);
    expect(map({ email, email_verified: false }).userId).toBeNull();
    expect(map({ email }).userId).toBeNull();
    expect(map({ email_verified: true }).userId).toBeNull();
  });

  test.each([[{ $ne: '' }], [''], [7], [null], [['alice']], ['é'.repeat(128)]])(
    'without user id, whatever its email, where the claim is %p',
    (sub) => {
      expect(map({ sub, email: 'a@acme.example', email_verified: true }).userId).toBeNull();
    },
  );

  test.each([
    ['a number', 7],
    ['an object', { not: '' }],
    ['true', true],
    ['empty', ''],
    ['with NUL', 'a\0b'],
    ['a lone surrogate', '\ud800'],
    ['longer than 255 bytes', 'é'.repeat(128)],
    ['an empty list', []],
    ['a list of a list', [['t']]],
  ])('without a team, user or organisation where the claim is %s', (_shape, value) => {
    const principal = map({ team: value, sub: value, org: { id: value }, end_user: value });
    expect(principal).toMatchObject({ teamId: null, userId: null, orgId: null, endUserId: null });
  });

  test('with the first team of a list', () => {
    expect(map({ team: ['one', 'two'] }).teamId).toBe('one');
  });

  test('with ids of lists for nothing but the team', () => {
    expect(map({ sub: ['alice'], org: { id: ['o'] } })).toMatchObject({
      userId: null,
      orgId: null,
    });
  });

  test('with a soft team of client_id, else azp, only while no team claim is configured', () => {
    const soft = { teamIdField: null };
    expect(map({ client_id: 'app', azp: 'other' }, soft)).toMatchObject({
      teamId: 'app',
      isTeamSoft: true,
    });
    expect(map({ client_id: 5, azp: 'other' }, soft)).toMatchObject({
      teamId: 'other',
      isTeamSoft: true,
    });
    expect(map({}, soft)).toMatchObject({ teamId: null, isTeamSoft: false });
    expect(map({ client_id: 'app' }, { teamIdField: '' })).toMatchObject({
      teamId: null,
      isTeamSoft: false,
    });
    expect(map({ client_id: 'app' })).toMatchObject({ teamId: null, isTeamSoft: false });
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
    expect(map({ scp: 'litellm_proxy_admin' }, { scopeField: 'scp' }).isAdmin).toBe(true);
  });

  test('that is admin only from an issuer that may assert it', () => {
    const claims = { iss: 'https://id.example', scope: 'litellm_proxy_admin' };
    expect(map(claims, { adminIssuers: ['https://id.example'] }).isAdmin).toBe(true);
    expect(map(claims, { adminIssuers: ['https://id.example/'] }).isAdmin).toBe(false);
    expect(map(claims, { adminIssuers: [] }).isAdmin).toBe(false);
    expect(map({ scope: 'litellm_proxy_admin' }, { adminIssuers: ['x'] }).isAdmin).toBe(false);
  });

  test.each([
    [true, true],
    ['true', true],
    [false, false],
    ['false', false],
    [1, null],
    [undefined, null],
  ])('whose email is verified as %p says', (claim, expected) => {
    expect(map({ email_verified: claim }).emailVerified).toBe(expected);
  });

  test('whose ids are all identity texts or null, whatever the claims', () => {
    const claims = fc.dictionary(
      fc.constantFrom('iss', 'sub', 'email', 'team', 'org', 'end_user', 'scope', 'email_verified'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(claims, (random) => {
        const { issuer, subject, userId, email, teamId, orgId, endUserId } = map(random);
        for (const id of [issuer, subject, userId, email, teamId, orgId, endUserId]) {
          expect(id === null || isIdentityText(id)).toBe(true);
        }
      }),
    );
  });
});
