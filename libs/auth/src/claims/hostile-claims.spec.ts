import { KeyServer } from '#support/key-server';
import { PrincipalHarness } from '#support/principal-harness';

const ISSUER = 'https://id.example';

/** One listed issuer, and the global one, which takes any. */
const FILE = (jwksUrl: string) => `
environment_variables: { JWT_PUBLIC_KEY_URL: ${jwksUrl} }
general_settings:
  enable_jwt_auth: true
  litellm_jwtauth:
    user_id_jwt_field: sub
    team_id_jwt_field: org.team
    org_id_jwt_field: 'https://acme.example/org'
    roles_jwt_field: access.roles
gatehouse:
  issuers:
    - { issuer: ${ISSUER}, audience: gatehouse, jwks_url: ${jwksUrl}, claims: { team_id: '' } }
`;

const GOOD = { iss: ISSUER, aud: 'gatehouse', sub: 'alice' };

let harness: PrincipalHarness;
let listener: KeyServer;

beforeAll(async () => {
  [harness, listener] = await Promise.all([PrincipalHarness.start(FILE), KeyServer.start()]);
});

afterAll(async () => {
  await harness.stop();
  await listener.stop();
});

describe('an address in a token', () => {
  test.each<[string, () => Record<string, unknown>]>([
    ['its issuer', () => ({ iss: listener.origin, aud: 'gatehouse', sub: 'alice' })],
    ['its audience', () => ({ ...GOOD, aud: ['gatehouse', listener.origin] })],
    ['its subject', () => ({ ...GOOD, sub: listener.jwksUrl })],
    [
      'the source of a distributed claim',
      () => ({
        ...GOOD,
        _claim_names: { address: 'src1' },
        _claim_sources: { src1: { endpoint: listener.jwksUrl, access_token: 'x' } },
      }),
    ],
    [
      'an aggregated claim',
      () => ({ ...GOOD, _claim_sources: { src1: { JWT: listener.origin } } }),
    ],
    ['jwks_uri', () => ({ ...GOOD, jwks_uri: listener.jwksUrl, jku: listener.jwksUrl })],
    ['picture', () => ({ ...GOOD, picture: listener.origin, profile: listener.origin })],
  ])('is never asked: %s (threat C04)', async (_what, claims) => {
    expect(await harness.result(claims(), { jku: listener.jwksUrl })).toBe('accepted');
    expect(listener.fetches).toBe(0);
  });

  test('of an issuer that is trusted leads to no discovery but the configured one', async () => {
    const before = harness.server.fetches;
    expect(await harness.result({ ...GOOD, iss: harness.server.origin })).toBe('accepted');
    expect(harness.server.fetches).toBe(before);
  });
});

describe('a token of another kind is not accepted as an access token (threat C05)', () => {
  test.each([
    'id_token+jwt',
    'logout+jwt',
    'application/logout+jwt',
    'dpop+jwt',
    'secevent+jwt',
    'application/secevent+jwt',
    'oauth-authz-req+jwt',
    'client-authentication+jwt',
    'token-introspection+jwt',
    'vc+jwt',
    'dc+sd-jwt',
    'kb+jwt',
    'wit+jwt',
    'JWE',
    'jwt ',
    'at',
  ])('with the type %j', async (typ) => {
    expect(await harness.result(GOOD, { typ })).toBe('token_invalid');
  });

  test('which is an id_token, for it is meant for its client', async () => {
    const idToken = { ...GOOD, aud: 'client-1', azp: 'client-1', nonce: 'n', at_hash: 'h' };
    expect(await harness.result(idToken)).toBe('token_invalid');
  });
});

describe('members that are called like those of every object (threat C18)', () => {
  const evil = (text: string): Record<string, unknown> =>
    JSON.parse(`{${text}}`) as Record<string, unknown>;

  test.each([
    '"__proto__":{"team":"root","access":{"roles":["boss"]}}',
    '"constructor":{"prototype":{"team":"root"}}',
    '"org":{"__proto__":{"team":"root"}}',
    '"org":{"constructor":{"prototype":{"team":"root"}}}',
    '"access":{"__proto__":{"roles":["boss"]}}',
    '"org":["root"]',
    '"org":"root"',
  ])('grant nothing to the caller or to a later one: {%s}', async (text) => {
    const claims = { ...evil(text), iss: 'https://other.example', sub: 'mallory' };
    const principal = await harness.principal(claims);
    expect(principal).toMatchObject({ userId: 'mallory', roles: [], isAdmin: false });
    expect(principal.teams.teamId).toBeNull();
    expect(await harness.principal({ iss: 'https://other.example', sub: 'bob' })).toMatchObject({
      roles: [],
      teams: { teamId: null },
    });
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>)['team']).toBeUndefined();
  });

  test('and nesting as deep as tokens may be does no harm either', async () => {
    let nested: unknown = 'root';
    for (let level = 0; level < 60; level += 1) nested = { team: nested };
    expect(await harness.result({ ...GOOD, org: nested })).toBe('accepted');
  });
});

test('a claim whose name has dots differs from a nested one, also in a token with both (threat C19)', async () => {
  const nested = { https: { '//acme': { 'example/org': 'nested' } } };
  const both = { 'https://acme.example/org': 'literal', ...nested, iss: 'https://other.example' };
  expect((await harness.principal({ ...both, sub: 'alice' })).orgId).toBe('literal');
  const only = { ...nested, 'https://acme': { 'example/org': 'nested' }, iss: 'x', sub: 'alice' };
  expect((await harness.principal(only)).orgId).toBe('nested');
});

test('names that are kept for us give a token nothing (threat C17)', async () => {
  const spoofed = {
    ...GOOD,
    _litellm_user_role: 'proxy_admin',
    _litellm_team_id: 'root',
    _gatehouse_principal: { isAdmin: true },
    is_admin: true,
    isAdmin: true,
    mayAdminister: true,
    user_role: 'proxy_admin',
    role: 'proxy_admin',
    litellm_proxy_admin: true,
    key: { keyId: 'x' },
    teams: ['root'],
  };
  const principal = await harness.principal(spoofed);
  expect(principal).toMatchObject({ isAdmin: false, role: null, key: null, userId: 'alice' });
  expect(principal.teams).toMatchObject({ teamId: null, listed: null });
  const names = Object.keys(principal.claims);
  expect(names.filter((name) => /^_(litellm|gatehouse)_/.test(name))).toEqual([]);
});
