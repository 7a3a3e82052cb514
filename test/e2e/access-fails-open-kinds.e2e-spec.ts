import { VendorHarness } from '#support/vendor-harness';

jest.setTimeout(120_000);

const TENANT = '8f0c8f0c-0000-4000-8000-000000000001';
const ISSUERS = (jwksUrl: string): string => `
    - { preset: keycloak, url: "https://sso.acme.example", realm: staff, audience: gatehouse, jwks_url: ${jwksUrl} }
    - { preset: entra, tenant: ${TENANT}, audience: gatehouse, jwks_url: ${jwksUrl} }
    - { preset: okta, domain: acme.okta.com, audience: gatehouse, jwks_url: ${jwksUrl} }
    - { preset: auth0, domain: acme.eu.auth0.com, audience: gatehouse, jwks_url: ${jwksUrl} }
    - { preset: google, audience: gatehouse, jwks_url: ${jwksUrl} }
    - { issuer: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a", jwks_url: ${jwksUrl}, disable_audience_validation: true, claims: { user_id: sub } }
    - { issuer: "https://plain.example", jwks_url: ${jwksUrl}, audience: gatehouse, claims: { user_id: sub } }`;

type Claims = Readonly<Record<string, unknown>>;

const KEYCLOAK = 'https://sso.acme.example/realms/staff';
const ENTRA_2 = `https://login.microsoftonline.com/${TENANT}/v2.0`;
const ENTRA_1 = `https://sts.windows.net/${TENANT}/`;
const OKTA = 'https://acme.okta.com/oauth2/default';
const AUTH0 = 'https://acme.eu.auth0.com/';
const COGNITO = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a';

/** By vendor: claims of an access token, and of the ID token that comes with it. */
const PAIRS: readonly (readonly [string, Claims, Claims])[] = [
  [
    'Keycloak',
    { iss: KEYCLOAK, typ: 'Bearer', azp: 'chat', nonce: 'n' },
    { iss: KEYCLOAK, typ: 'ID', azp: 'chat', at_hash: 'h' },
  ],
  ['Keycloak, without a kind', { iss: KEYCLOAK, typ: 'Bearer' }, { iss: KEYCLOAK, azp: 'chat' }],
  [
    'Entra ID, version 2',
    { iss: ENTRA_2, oid: 'o', azp: 'client', ver: '2.0' },
    { iss: ENTRA_2, oid: 'o', nonce: 'n', preferred_username: 'a', ver: '2.0' },
  ],
  [
    'Entra ID, version 1',
    { iss: ENTRA_1, oid: 'o', appid: 'client', ver: '1.0' },
    { iss: ENTRA_1, oid: 'o', amr: ['pwd'], upn: 'a', ver: '1.0' },
  ],
  [
    'Okta',
    { iss: OKTA, cid: 'client', scp: ['models'], uid: 'u' },
    { iss: OKTA, jti: 'ID.x', at_hash: 'h', idp: 'i' },
  ],
  [
    'Auth0',
    { iss: AUTH0, azp: 'client', scope: 'models' },
    { iss: AUTH0, nickname: 'a', sid: 's', nonce: 'n' },
  ],
  [
    'Cognito, which has no preset',
    { iss: COGNITO, token_use: 'access', client_id: 'client' },
    { iss: COGNITO, token_use: 'id', at_hash: 'h' },
  ],
];

const REFUSED = '401 token_invalid';

describe('kinds of tokens', () => {
  let harness: VendorHarness;

  beforeAll(async () => {
    harness = await VendorHarness.start(ISSUERS);
  });

  afterAll(async () => {
    await harness.stop();
  });

  /** An account belongs to one issuer, so each has a user of its own. */
  const all = (claims: Claims): Claims => ({
    aud: 'gatehouse',
    sub: `user of ${String(claims['iss'])}`,
    ...claims,
    ...('oid' in claims ? { oid: `object of ${String(claims['iss'])}` } : {}),
  });

  it.each(PAIRS)('of %s: the access token passes, the ID token does not', async (...pair) => {
    const [, access, id] = pair;
    expect(await harness.result(all(access))).toBe('200');
    expect(await harness.result(all(id))).toBe(REFUSED);
    const { reason, remedy } = await harness.explained(all(id));
    expect({ reason, remedy }).toEqual({
      reason: 'token_invalid',
      remedy: expect.stringMatching(/^send the access token/) as unknown,
    });
  });

  it.each<[string, Claims]>([
    ['Keycloak, a lightweight one', { iss: KEYCLOAK, typ: 'Bearer', azp: 'chat', sid: 's' }],
    ['Entra ID', { iss: ENTRA_2, oid: 'o', azp: 'client' }],
    ['any issuer', { iss: 'https://plain.example', email: 'alice@acme.example', role: 'admin' }],
  ])('a token without a subject is refused: %s', async (_what, claims) => {
    const nameless = { ...all(claims), sub: undefined };
    expect(await harness.result(nameless)).toBe(REFUSED);
    const { remedy } = await harness.explained(nameless);
    expect(remedy).toMatch(/^have the provider put `sub` into the token.*lightweight.*introspect/);
  });

  it('of Google: the ID token is the token that it signs', async () => {
    const claims = { iss: 'https://accounts.google.com', at_hash: 'h', c_hash: 'h' };
    expect(await harness.result(all(claims))).toBe('200');
  });

  it.each(['ID', 'Refresh', 'Offline', 'Logout', 'refresh'])(
    'a payload of the type %s is refused from every issuer',
    async (typ) => {
      expect(await harness.result(all({ iss: 'https://plain.example', typ }))).toBe(REFUSED);
      expect(await harness.result(all({ iss: KEYCLOAK, typ }))).toBe(REFUSED);
    },
  );

  it.each<[string, Claims]>([
    [
      'a logout token',
      { events: { 'http://schemas.openid.net/event/backchannel-logout': {} }, jti: 'l-1' },
    ],
    [
      'another security event token',
      { events: { 'https://schemas.openid.net/secevent/caep/event-type/session-revoked': {} } },
    ],
    ['a token whose subject is blanks alone', { sub: ' \t ' }],
  ])('%s is refused as a bearer token, without a type, too', async (_what, claims) => {
    for (const iss of ['https://plain.example', KEYCLOAK])
      expect(await harness.result(all({ iss, typ: 'Bearer', ...claims }))).toBe(REFUSED);
    expect(await harness.result(all({ iss: 'https://plain.example', ...claims }))).toBe(REFUSED);
  });

  it.each<[string, Claims]>([
    ['DPoP', { cnf: { jkt: 'thumbprint' } }],
    ['a certificate', { cnf: { 'x5t#S256': 'thumbprint' } }],
    ['another key', { cnf: { kid: 'k' } }],
  ])('a token that is bound by %s is refused and the remedy says why', async (_how, claims) => {
    for (const iss of ['https://plain.example', KEYCLOAK]) {
      const bound = all({ iss, typ: 'Bearer', ...claims });
      expect(await harness.result(bound)).toBe(REFUSED);
      expect((await harness.explained(bound)).remedy).toMatch(/^get a bearer token/);
    }
  });
});
