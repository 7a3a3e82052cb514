import { VendorHarness } from '#support/vendor-harness';

jest.setTimeout(120_000);

/** Each entry is its preset, the audience and a local key set; nothing about claims is written. */
const ISSUERS = (jwksUrl: string): string => `
    - { preset: keycloak, url: "https://sso.acme.example", realm: staff, audience: gatehouse, jwks_url: ${jwksUrl} }
    - { preset: keycloak, url: "https://sso.acme.example", realm: apps, client: llm.app, audience: gatehouse, jwks_url: ${jwksUrl} }
    - { preset: okta, domain: acme.okta.com, authorization_server: aus9o8wzkhckw9TLa0h7, audience: "api://gatehouse", jwks_url: ${jwksUrl} }
    - { preset: auth0, domain: acme.eu.auth0.com, namespace: "https://acme.example/", audience: "https://llm.acme.example", jwks_url: ${jwksUrl} }`;

/** The model is opened by a scope, and closed by a role. */
const RULES = {
  jwtauth: `
    enforce_scope_based_access: true
    scope_mappings: [{ scope: "models:read", models: [test-model] }]`,
  gatehouse: `
  policies:
    - { name: suspended, when: '"suspended" in principal.roles', effect: deny, reason: Suspended. }`,
};

const NO_SCOPE = '403 scope_insufficient';
const SUSPENDED = '403 policy_denied';

/**
 * Tokens of people as their providers document them: their attribution and what their claims allow.
 */
describe('with a preset, a token', () => {
  let harness: VendorHarness;

  beforeAll(async () => {
    harness = await VendorHarness.start(ISSUERS, RULES);
    for (const id of ['research', 'ops/eu', 'Research'])
      await harness.admin.post('/team/new', { team_id: id });
  });

  afterAll(async () => {
    await harness.stop();
  });

  /**
   * "Server Administration Guide" (www.keycloak.org/docs/latest/server_admin): role mappings stand in realm_access and
   * resource_access, the mapper "Group Membership" writes full paths unless told otherwise, "Audience support".
   */
  describe('of Keycloak', () => {
    const claims = {
      jti: 'onrtac:1f2e7c3a-1e56-4a4c-9c41-2f1a3f1d9c0e',
      iss: 'https://sso.acme.example/realms/staff',
      aud: ['gatehouse', 'account'],
      sub: '36fa0f91-f94d-4a0c-afed-6b7d952e47da',
      typ: 'Bearer',
      azp: 'chat-frontend',
      sid: '2a88c258-f73a-4103-b862-e1fbd8f4e04e',
      acr: '1',
      'allowed-origins': ['https://chat.acme.example'],
      realm_access: { roles: ['offline_access', 'staff', 'uma_authorization'] },
      resource_access: {
        'llm.app': { roles: ['viewer'] },
        account: { roles: ['manage-account', 'view-profile'] },
      },
      scope: 'openid email profile models:read',
      email_verified: true,
      name: 'Alice Liddell',
      groups: ['/research', '/ops/eu'],
      preferred_username: 'alice',
      email: 'alice@acme.example',
    };

    it('is booked to its subject and the first group that is a team', async () => {
      expect(await harness.booked(claims)).toMatchObject({
        issuer: claims.iss,
        subject: claims.sub,
        user: claims.sub,
        team: 'research',
      });
      expect(await harness.booked({ ...claims, groups: ['/unknown', '/ops/eu'] })).toMatchObject({
        team: 'ops/eu',
      });
      const { json } = await harness.admin.get(`/user/info?user_id=${claims.sub}`);
      expect(json.user_info).toMatchObject({ user_email: 'alice@acme.example' });
    });

    it('has its scopes and the roles of the realm', async () => {
      expect(await harness.result({ ...claims, scope: 'openid email' })).toBe(NO_SCOPE);
      const suspended = { ...claims, realm_access: { roles: ['staff', 'suspended'] } };
      expect(await harness.result(suspended)).toBe(SUSPENDED);
    });

    it('has the roles of one client where the entry names it', async () => {
      const apps = { ...claims, iss: 'https://sso.acme.example/realms/apps', sub: 'service-1' };
      const realm = { ...apps, realm_access: { roles: ['suspended'] } };
      expect(await harness.booked(realm)).toMatchObject({ user: 'service-1' });
      const suspended = { ...apps, resource_access: { 'llm.app': { roles: ['suspended'] } } };
      expect(await harness.result(suspended)).toBe(SUSPENDED);
    });

    it('is 401 where it is meant for another client or realm', async () => {
      expect(await harness.result({ ...claims, aud: ['account'] })).toBe('401 token_invalid');
      expect(await harness.result({ ...claims, aud: undefined })).toBe('401 token_invalid');
      const other = { ...claims, iss: 'https://sso.acme.example/realms/customers' };
      expect(await harness.result(other)).toBe('401 issuer_unknown');
    });
  });

  /**
   * "OpenID Connect & OAuth 2.0 API", Access token (developer.okta.com/docs/api/openapi/okta-oauth): scp is a list, sub the
   * login, uid the lasting id, cid the client; "Customize tokens returned from Okta with a groups claim".
   */
  describe('of Okta', () => {
    const claims = {
      ver: 1,
      jti: 'AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE',
      iss: 'https://acme.okta.com/oauth2/aus9o8wzkhckw9TLa0h7',
      aud: 'api://gatehouse',
      cid: 'nmdP1fcyvdVO11AL7ECm',
      uid: '00ujmkLgagxeRrAg20g3',
      auth_time: 1467145094,
      scp: ['openid', 'models:read'],
      sub: 'bob@acme.example',
      groups: ['Everyone', 'Research'],
    };

    it('is booked to the lasting id of its user and the first group that is a team', async () => {
      expect(await harness.booked(claims)).toMatchObject({
        issuer: claims.iss,
        subject: 'bob@acme.example',
        user: '00ujmkLgagxeRrAg20g3',
        team: 'Research',
      });
      expect((await harness.explained(claims)).team_candidates).toMatchObject([
        { team_id: 'Everyone', chosen: false },
        { team_id: 'Research', chosen: true },
      ]);
    });

    it('has the scopes of scp, and its groups for roles', async () => {
      expect(await harness.result({ ...claims, scp: ['openid'] })).toBe(NO_SCOPE);
      const elsewhere = { ...claims, scp: undefined, scope: 'models:read' };
      expect(await harness.result(elsewhere)).toBe(NO_SCOPE);
      const groups = ['Research', 'suspended'];
      expect(await harness.result({ ...claims, groups })).toBe(SUSPENDED);
    });

    it('of a program is booked to its client', async () => {
      const absent = { uid: undefined, auth_time: undefined, groups: undefined };
      const program = { ...claims, ...absent, sub: claims.cid };
      expect(await harness.booked(program)).toMatchObject({ user: claims.cid, team: null });
    });

    it('is 401 where it is meant for another API or server', async () => {
      expect(await harness.result({ ...claims, aud: 'api://default' })).toBe('401 token_invalid');
      const iss = 'https://acme.okta.com/oauth2/default';
      expect(await harness.result({ ...claims, iss })).toBe('401 issuer_unknown');
    });
  });

  /**
   * "Access Token Profiles" (auth0.com/docs/secure/tokens/access-tokens/access-token-profiles): both sample tokens;
   * "Create Custom Claims": names begin with an address of one's own, because roles and groups are reserved.
   */
  describe('of Auth0', () => {
    const claims = {
      iss: 'https://acme.eu.auth0.com/',
      sub: 'auth0|6553da60a54af58e29493993',
      aud: ['https://llm.acme.example', 'https://acme.eu.auth0.com/userinfo'],
      azp: 'K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja',
      scope: 'openid profile models:read',
      'https://acme.example/roles': ['staff'],
      'https://acme.example/groups': ['research'],
      'https://acme.example/email': 'carol@acme.example',
    };

    it('is booked by its namespaced claims', async () => {
      expect(await harness.booked(claims)).toMatchObject({
        issuer: claims.iss,
        subject: claims.sub,
        user: claims.sub,
        team: 'research',
      });
      const { json } = await harness.admin.get(`/user/info?user_id=${claims.sub}`);
      expect(json.user_info).toMatchObject({ user_email: 'carol@acme.example' });
    });

    it('is accepted in the profile of RFC 9068', async () => {
      const { azp, ...rest } = claims;
      const profile = { ...rest, client_id: azp, jti: '73WakrfVbNJBaAmhQtEeDv' };
      expect(await harness.result(profile, { typ: 'at+jwt' })).toBe('200');
    });

    it('has its scopes, and the roles of the namespace alone', async () => {
      expect(await harness.result({ ...claims, scope: 'openid profile' })).toBe(NO_SCOPE);
      const roles = ['suspended'];
      expect(await harness.result({ ...claims, roles })).toBe('200');
      const suspended = { ...claims, 'https://acme.example/roles': roles };
      expect(await harness.result(suspended)).toBe(SUSPENDED);
    });

    it('of a program has its scopes, and the team that its client is', async () => {
      const program = {
        ...claims,
        sub: 'awZfdIir8YFdGZWkvCejDoUb7SjTDicx@clients',
        azp: 'awZfdIir8YFdGZWkvCejDoUb7SjTDicx',
        aud: 'https://llm.acme.example',
        gty: 'client-credentials',
        scope: 'models:read',
        'https://acme.example/groups': undefined,
        'https://acme.example/email': undefined,
      };
      await harness.admin.post('/team/new', { team_id: program.azp });
      expect(await harness.booked(program)).toMatchObject({
        user: program.sub,
        team: program.azp,
      });
    });

    it('is 401 where it is meant for another API or tenant', async () => {
      const aud = 'https://acme.eu.auth0.com/userinfo';
      expect(await harness.result({ ...claims, aud })).toBe('401 token_invalid');
      const iss = 'https://acme.eu.auth0.com';
      expect(await harness.result({ ...claims, iss })).toBe('401 issuer_unknown');
    });
  });
});
