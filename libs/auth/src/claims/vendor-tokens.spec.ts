import { PrincipalHarness } from '#support/principal-harness';

const TENANT = '3338040d-6c67-4c5b-b112-36a304b66dad';
const OBJECT = '6467882c-fdfd-4354-a1ed-4e13f064be25';

/** One entry for each preset, and a global user id that none of them may fall back to. */
const FILE = (jwksUrl: string) => `
general_settings:
  enable_jwt_auth: true
  litellm_jwtauth: { user_id_jwt_field: login, team_id_jwt_field: squad, roles_jwt_field: rights }
gatehouse:
  issuers:
    - { preset: keycloak, url: https://sso.acme.example, realm: staff, audience: gatehouse, claims: { team_id: '' }, jwks_url: ${jwksUrl} }
    - { preset: keycloak, url: https://sso.acme.example, realm: apps, client: llm.app, audience: gatehouse, claims: { team_id: '' }, jwks_url: ${jwksUrl} }
    - { preset: entra, tenant: ${TENANT}, audience: [6e74172b-be56-4843-9ff4-e66a39bb12e3, 'api://gatehouse'], claims: { team_id: '' }, jwks_url: ${jwksUrl} }
    - { preset: okta, domain: acme.okta.com, authorization_server: aus1, audience: api://gatehouse, claims: { team_id: '' }, jwks_url: ${jwksUrl} }
    - { preset: auth0, domain: acme.eu.auth0.com, namespace: 'https://acme.example', audience: https://llm.acme.example, claims: { team_id: '' }, jwks_url: ${jwksUrl} }
    - { preset: google, hosted_domains: acme.example, audience: 1234.apps.googleusercontent.com, claims: { team_id: '' }, jwks_url: ${jwksUrl} }
`;

let harness: PrincipalHarness;

beforeAll(async () => {
  harness = await PrincipalHarness.start(FILE);
});

afterAll(async () => {
  await harness.stop();
});

describe('a token of Keycloak', () => {
  const claims = {
    iss: 'https://sso.acme.example/realms/staff',
    aud: ['gatehouse', 'account'],
    sub: '36fa0f91-f94d-4a0c-afed-6b7d952e47da',
    typ: 'Bearer',
    azp: 'litellm-test-client-id',
    sid: '2a88c258-f73a-4103-b862-e1fbd8f4e04e',
    realm_access: { roles: ['offline_access', 'staff'] },
    resource_access: { 'llm.app': { roles: ['basic_user'] } },
    scope: 'openid email profile',
    email_verified: true,
    preferred_username: 'alice',
    email: 'alice@acme.example',
    groups: ['/research', '/ops/eu'],
  };

  test('has its user, roles of the realm, groups without their slash, and scopes', async () => {
    expect(await harness.principal(claims)).toMatchObject({
      issuer: claims.iss,
      userId: claims.sub,
      email: 'alice@acme.example',
      emailVerified: true,
      roles: ['offline_access', 'staff'],
      scopes: ['openid', 'email', 'profile'],
      clientIds: ['litellm-test-client-id'],
      sessionId: claims.sid,
      teams: { listed: ['research', 'ops/eu'], teamId: null, isRequired: false },
    });
  });

  test('has the roles of its client where the entry names one', async () => {
    const { roles } = await harness.principal({
      ...claims,
      iss: 'https://sso.acme.example/realms/apps',
    });
    expect(roles).toEqual(['basic_user']);
  });

  test('is refused where it is meant for another application', async () => {
    expect(await harness.result({ ...claims, aud: 'account' })).toBe('token_invalid');
    expect(await harness.result({ ...claims, iss: 'https://sso.acme.example/realms/other' })).toBe(
      'issuer_unknown',
    );
  });
});

describe('a token of Entra ID', () => {
  const v2 = {
    aud: '6e74172b-be56-4843-9ff4-e66a39bb12e3',
    iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
    azp: '6e74172b-be56-4843-9ff4-e66a39bb12e3',
    azpacr: '0',
    name: 'Abe Lincoln',
    oid: OBJECT,
    preferred_username: 'abeli@acme.example',
    scp: 'access_as_user Models.Read',
    sub: 'HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ',
    tid: TENANT,
    uti: 'fqiBqXLPj0eQa82S-IYFAA',
    ver: '2.0',
    groups: ['0000-a', '0000-b'],
  };

  test('of version 2 has the person of its tenant, scopes and groups', async () => {
    expect(await harness.principal(v2)).toMatchObject({
      userId: OBJECT,
      subject: v2.sub,
      email: null,
      scopes: ['access_as_user', 'Models.Read'],
      teams: { listed: ['0000-a', '0000-b'] },
    });
  });

  test('of version 1 is the same person', async () => {
    const v1 = {
      aud: 'api://gatehouse',
      iss: `https://sts.windows.net/${TENANT}/`,
      appid: '11112222-bbbb-3333-cccc-4444dddd5555',
      appidacr: '1',
      oid: OBJECT,
      scp: 'access_as_user',
      sub: 'AbCd',
      tid: TENANT,
      upn: 'abeli@acme.example',
      unique_name: 'abeli@acme.example',
      ver: '1.0',
    };
    expect(await harness.principal(v1)).toMatchObject({
      userId: OBJECT,
      clientIds: [v1.appid],
      scopes: ['access_as_user'],
    });
  });

  test('of an application has its service principal and application roles', async () => {
    const { scp, preferred_username, groups, ...rest } = v2;
    const claims = { ...rest, idtyp: 'app', roles: ['Gateway.Use'] };
    expect([scp, preferred_username, groups]).toHaveLength(3);
    expect(await harness.principal(claims)).toMatchObject({
      userId: OBJECT,
      roles: ['Gateway.Use'],
      scopes: [],
      teams: { listed: null },
    });
  });

  test.each([
    [
      'names its groups elsewhere',
      {
        _claim_names: { groups: 'src1' },
        _claim_sources: { src1: { endpoint: 'https://graph.windows.net/x/getMemberObjects' } },
      },
    ],
    ['says that it has too many groups', { hasgroups: true }],
  ])('that %s is refused, never taken for one without groups', async (_what, overage) => {
    const { groups, ...rest } = v2;
    expect(groups).toHaveLength(2);
    expect(await harness.result({ ...rest, ...overage })).toBe('groups_unresolved');
  });

  test('of another tenant is refused', async () => {
    const iss = 'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0';
    expect(await harness.result({ ...v2, iss })).toBe('issuer_unknown');
  });
});

describe('a token of Okta', () => {
  const claims = {
    ver: 1,
    jti: 'AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE',
    iss: 'https://acme.okta.com/oauth2/aus1',
    aud: 'api://gatehouse',
    cid: 'nmdP1fcyvdVO11AL7ECm',
    uid: '00ujmkLgagxeRrAg20g3',
    scp: ['openid', 'models.read'],
    sub: 'alice@acme.example',
    groups: ['Everyone', 'Research'],
  };

  test('has the lasting id of its user, scopes of scp, and groups', async () => {
    expect(await harness.principal(claims)).toMatchObject({
      userId: '00ujmkLgagxeRrAg20g3',
      subject: 'alice@acme.example',
      scopes: ['openid', 'models.read'],
      roles: ['Everyone', 'Research'],
      teams: { listed: ['Everyone', 'Research'] },
      clientIds: ['nmdP1fcyvdVO11AL7ECm'],
      tokenId: claims.jti,
    });
  });

  test('of an application has the application for its user', async () => {
    const { uid, groups, ...rest } = claims;
    expect([uid, groups]).toHaveLength(2);
    const principal = await harness.principal({ ...rest, sub: claims.cid });
    expect(principal).toMatchObject({ userId: claims.cid, teams: { listed: null } });
  });
});

describe('a token of Auth0', () => {
  const claims = {
    iss: 'https://acme.eu.auth0.com/',
    sub: 'auth0|123456',
    aud: ['https://llm.acme.example', 'https://acme.eu.auth0.com/userinfo'],
    azp: 'my_client_id',
    scope: 'openid profile models:read',
    'https://acme.example/roles': ['admin'],
    'https://acme.example/groups': ['research'],
    'https://acme.example/email': 'alice@acme.example',
    roles: ['not-these'],
  };

  test('has its namespaced claims', async () => {
    expect(await harness.principal(claims)).toMatchObject({
      userId: 'auth0|123456',
      email: 'alice@acme.example',
      roles: ['admin'],
      scopes: ['openid', 'profile', 'models:read'],
      teams: { listed: ['research'] },
    });
  });

  test('of the RFC 9068 profile is accepted, one without the slash of its issuer is not', async () => {
    expect(await harness.result({ ...claims, client_id: 'x' }, { typ: 'at+jwt' })).toBe('accepted');
    expect(await harness.result({ ...claims, iss: 'https://acme.eu.auth0.com' })).toBe(
      'issuer_unknown',
    );
  });
});

describe('a token of Google', () => {
  const claims = {
    iss: 'https://accounts.google.com',
    azp: '1234.apps.googleusercontent.com',
    aud: '1234.apps.googleusercontent.com',
    sub: '10769150350006150715113082367',
    at_hash: 'HK6E_P6Dh8Y93mRNtsDB1Q',
    hd: 'acme.example',
    email: 'alice@acme.example',
    email_verified: true,
  };

  test('has the lasting id of its user', async () => {
    expect(await harness.principal(claims)).toMatchObject({
      userId: claims.sub,
      email: 'alice@acme.example',
      emailVerified: true,
    });
  });

  test.each([[undefined], ['other.example'], ['acme.example.evil'], ['xacme.example']])(
    'of the hosted domain %p is refused',
    async (hd) => {
      expect(await harness.result({ ...claims, hd })).toBe('token_invalid');
    },
  );
});
