import { IDENTITY_PROVIDER, jwtAuthText, refusalOf, warningsOf } from '#support/config-outcome';
import { settingsFromYaml } from '../load-settings.js';
import type { AccessSettings } from '../model/access-settings.js';

const access = (text: string, env: Record<string, string> = {}): AccessSettings =>
  settingsFromYaml(text, env).access;
const general = (lines: string): string => `general_settings: { ${lines} }`;
const OAUTH = { OAUTH_TOKEN_INFO_ENDPOINT: 'https://idp.example/introspect' };

describe('lists of routes', () => {
  it('take groups with and without their Python name, paths and everything below one', () => {
    expect(
      access(
        general(
          'public_routes: [LiteLLMRoutes.public_routes, /spec/*], admin_only_routes: [/model/new, LiteLLMRoutes.spend_tracking_routes], allowed_routes: [openai_routes]',
        ),
      ),
    ).toMatchObject({
      publicRoutes: ['public_routes', '/spec/*'],
      adminOnlyRoutes: ['/model/new', 'spend_tracking_routes'],
      allowedRoutes: ['openai_routes'],
    });
  });

  it.each([
    ['public_routes: ["*"]', 'public_routes opens every route to everybody'],
    ['public_routes: [LiteLLMRoutes.publik_routes]', 'Did you mean "public_routes"?'],
    ['public_routes: /x', 'public_routes must be a list'],
    ['allowed_routes: []', 'allowed_routes is empty'],
    ['admin_only_routes: [x/y]', 'admin_only_routes[0] is neither'],
  ])('are refused where they are wrong: %s', (lines, message) => {
    expect(refusalOf(general(lines))).toContain(message);
  });

  it('warn where everybody could call models or administer', () => {
    const warnings = (lines: string): string => warningsOf(general(lines)).join('\n');
    expect(warnings('public_routes: [/v1/chat/completions]')).toContain('calls of models');
    expect(warnings('public_routes: [/team/*]')).toContain('administration');
    expect(warnings('public_routes: [/models]')).toContain('calls of models');
    expect(warnings('public_routes: [LiteLLMRoutes.public_routes, /x]')).not.toContain('everybody');
  });
});

describe('the credential header and the end user', () => {
  it('are taken over, the header in lower case', () => {
    expect(
      access(
        general(
          'litellm_key_header_name: X-Company-Key, enforce_user_param: true, reject_clientside_metadata_tags: true',
        ),
      ),
    ).toMatchObject({
      keyHeaderName: 'x-company-key',
      requireUserParam: true,
      rejectClientTags: true,
    });
  });

  it.each(['Host', 'a b', 'X-Key:', 'transfer-encoding'])('refuse the header %s', (name) => {
    expect(refusalOf(general(`litellm_key_header_name: "${name}"`))).toContain('must be a header');
  });
});

describe('UserInfo', () => {
  const ENDPOINT = 'oidc_userinfo_endpoint: https://idp.example/userinfo';
  const userInfo = (lines: string) =>
    settingsFromYaml(jwtAuthText(lines), IDENTITY_PROVIDER).access.userInfo;

  it('is asked when it is enabled', () => {
    expect(userInfo(`oidc_userinfo_enabled: true, ${ENDPOINT}`)).toEqual({
      endpoint: 'https://idp.example/userinfo',
      cacheSeconds: 300,
    });
    expect(
      userInfo(`oidc_userinfo_enabled: true, oidc_userinfo_cache_ttl: 5, ${ENDPOINT}`),
    ).toEqual({ endpoint: 'https://idp.example/userinfo', cacheSeconds: 5 });
    expect(userInfo('')).toBeNull();
  });

  it('needs its endpoint, with https, and is warned about where it is not enabled', () => {
    const refusal = (lines: string): string => refusalOf(jwtAuthText(lines), IDENTITY_PROVIDER);
    expect(refusal('oidc_userinfo_enabled: true')).toContain('oidc_userinfo_endpoint is missing');
    expect(
      refusal('oidc_userinfo_enabled: true, oidc_userinfo_endpoint: http://idp.example/u'),
    ).toContain('plain http');
    expect(warningsOf(jwtAuthText(ENDPOINT), IDENTITY_PROVIDER).join('\n')).toContain(
      'oidc_userinfo_endpoint has no effect',
    );
  });

  it('is warned about where an audience is asked for, which it does not name', () => {
    const lines = `oidc_userinfo_enabled: true, ${ENDPOINT}`;
    const entry = (issuer: string, audience: string) =>
      `\ngatehouse: { issuers: [{ issuer: "${issuer}", jwks_url: "https://idp.example/k", ${audience} }] }`;
    const warnings = (more: string, env: Record<string, string> = {}): string =>
      warningsOf(`${jwtAuthText(lines)}${more}`, env).join('\n');
    const warned = 'oidc_userinfo_endpoint names no audience';
    expect(warnings('', IDENTITY_PROVIDER)).toContain(`${warned}: opaque tokens`);
    expect(warnings('', IDENTITY_PROVIDER)).toContain('because JWT_AUDIENCE does not apply');
    expect(warnings(entry('https://idp.example', 'audience: x'))).toContain(
      'because gatehouse.issuers[0].audience does not apply',
    );
    expect(warnings(entry('https://other.example', 'audience: x'))).not.toContain(warned);
    const unchecked = 'disable_audience_validation: true';
    expect(warnings(entry('https://idp.example', unchecked))).not.toContain(warned);
  });

  it('suffices without a key set, which is warned about', () => {
    const text = jwtAuthText(`oidc_userinfo_enabled: true, ${ENDPOINT}`);
    expect(warningsOf(text).join('\n')).toContain('opaque tokens alone are accepted');
  });
});

describe('introspection', () => {
  const ENABLED = general('enable_oauth2_auth: true');

  it('takes its endpoint and members from the variables', () => {
    expect(access(ENABLED, OAUTH).introspection).toEqual({
      endpoint: 'https://idp.example/introspect',
      isForOpaqueTokens: true,
      userIdField: 'sub',
      userRoleField: null,
      teamIdField: null,
      clientId: null,
      clientSecret: null,
      cacheSeconds: 60,
    });
    expect(
      access(ENABLED, {
        ...OAUTH,
        OAUTH_USER_ID_FIELD_NAME: 'uid',
        OAUTH_USER_ROLE_FIELD_NAME: 'role',
        OAUTH_USER_TEAM_ID_FIELD_NAME: 'team.id',
      }).introspection,
    ).toMatchObject({ userIdField: 'uid', userRoleField: 'role', teamIdField: 'team.id' });
  });

  it('takes them from gatehouse.introspection, which the variables overrule', () => {
    const own =
      'gatehouse: { introspection: { endpoint: https://own.example/i, user_id_field: u, client_id: me, client_secret: hush, cache_seconds: 5 } }';
    expect(access(`${ENABLED}\n${own}`).introspection).toMatchObject({
      endpoint: 'https://own.example/i',
      userIdField: 'u',
      clientId: 'me',
      clientSecret: 'hush',
      cacheSeconds: 5,
    });
    expect(access(`${ENABLED}\n${own}`, OAUTH).introspection?.endpoint).toBe(
      OAUTH.OAUTH_TOKEN_INFO_ENDPOINT,
    );
  });

  it('is for selected tokens alone where routing_overrides ask for it', () => {
    const text = jwtAuthText(
      'routing_overrides: [{ iss: https://machines.example, client_id: ["svc-*", robot], path: oauth2 }]',
    );
    const { access: found, jwt } = settingsFromYaml(text, { ...IDENTITY_PROVIDER, ...OAUTH });
    expect(found.introspection?.isForOpaqueTokens).toBe(false);
    expect(jwt.routingOverrides).toEqual([
      {
        iss: ['https://machines.example'],
        clientId: ['svc-*', 'robot'],
        scope: null,
        aud: null,
      },
    ]);
    expect(refusalOf(text, IDENTITY_PROVIDER)).toContain(
      'routing_overrides needs an introspection',
    );
  });

  it.each([
    ['routing_overrides: [{ client_id: a }]', 'routing_overrides[0].iss is missing'],
    ['routing_overrides: [{ iss: a, path: jwt }]', 'routing_overrides[0].path is none'],
    ['routing_overrides: [{ iss: a, sub: b }]', 'routing_overrides[0].sub is not a key'],
    ['routing_overrides: [{ iss: [] }]', 'routing_overrides[0].iss is empty'],
  ])('refuses overrides that are wrong: %s', (lines, message) => {
    expect(refusalOf(jwtAuthText(lines), { ...IDENTITY_PROVIDER, ...OAUTH })).toContain(message);
  });

  it('needs an endpoint with https, and both halves of its credential', () => {
    expect(refusalOf(ENABLED)).toContain('enable_oauth2_auth needs an introspection endpoint');
    expect(refusalOf(ENABLED, { OAUTH_TOKEN_INFO_ENDPOINT: 'http://idp.example/i' })).toContain(
      'OAUTH_TOKEN_INFO_ENDPOINT has an address with plain http',
    );
    expect(
      refusalOf(`${ENABLED}\ngatehouse: { introspection: { client_id: me } }`, OAUTH),
    ).toContain('one of client_id and client_secret');
  });

  it('is warned about where nothing asks for it', () => {
    expect(warningsOf('', OAUTH).join('\n')).toContain('OAUTH_TOKEN_INFO_ENDPOINT has no effect');
  });

  it('never by the word of proxy headers', () => {
    expect(refusalOf(general('enable_oauth2_proxy_auth: true'))).toContain(
      'enable_oauth2_proxy_auth',
    );
  });
});

describe('policies and the public address', () => {
  it('are taken over in their order, with the defaults', () => {
    expect(
      access(`
gatehouse:
  public_url: https://llm.example.com/
  policies:
    - { name: office, when: 'principal.email.endsWith("@a.b")', effect: deny, reason: Use the other one. }
    - name: second
      when: |
        request.model == "x"
      effect: allow
      mode: shadow`),
    ).toMatchObject({
      publicUrl: 'https://llm.example.com',
      policies: [
        {
          name: 'office',
          when: 'principal.email.endsWith("@a.b")',
          effect: 'deny',
          reason: 'Use the other one.',
          mode: 'enforce',
        },
        {
          name: 'second',
          when: 'request.model == "x"\n',
          effect: 'allow',
          reason: null,
          mode: 'shadow',
        },
      ],
    });
  });

  it.each([
    ['policies: [{ name: a, effect: deny }]', 'policies[0].when is missing'],
    ['policies: [{ name: a, when: "", effect: deny }]', 'policies[0].when is empty'],
    ['policies: [{ when: x, effect: deny }]', 'policies[0].name is missing'],
    ['policies: [{ name: a, when: x }]', 'policies[0].effect is missing'],
    ['policies: [{ name: a, when: x, effect: permit }]', 'policies[0].effect is none'],
    ['policies: [{ name: a b, when: x, effect: deny }]', 'policies[0].name cannot travel'],
    [
      'policies: [{ name: a, when: x, effect: deny }, { name: a, when: y, effect: deny }]',
      'policies[1].name is the name of another policy',
    ],
    ['policies: [{ name: a, when: x, effect: deny, if: y }]', 'policies[0].if is not a key'],
    ['public_url: llm.example.com', 'public_url must be an http'],
    ['public_url: "https://a/?x=1"', 'public_url has a "?" part'],
  ])('are refused where they are wrong: %s', (line, message) => {
    expect(refusalOf(`gatehouse: { ${line} }`)).toContain(message);
  });

  it('warn of a reason that is never shown', () => {
    expect(
      warningsOf(
        'gatehouse: { policies: [{ name: a, when: x, effect: allow, reason: Because. }] }',
      ).join('\n'),
    ).toContain('policies[0].reason is never shown');
  });
});

describe('group overage', () => {
  const overage = (line: string) =>
    settingsFromYaml(`gatehouse: { jwt: { group_overage: ${line} } }`).jwt.teams.overage;

  it('is off unless it is written, and asks Microsoft Graph by default', () => {
    expect(settingsFromYaml('').jwt.teams.overage).toBeNull();
    expect(overage('{}')).toEqual({
      endpoint:
        'https://graph.microsoft.com/v1.0/users/{oid}/transitiveMemberOf/microsoft.graph.group?$select=id',
      tokenUrl: null,
      clientId: null,
      clientSecret: null,
      scope: null,
      cacheSeconds: 300,
    });
    expect(
      overage(
        '{ endpoint: "https://graph/{oid}", token_url: https://idp/t, client_id: a, client_secret: b, scope: s, cache_seconds: 5 }',
      ),
    ).toMatchObject({ tokenUrl: 'https://idp/t', clientId: 'a', clientSecret: 'b', scope: 's' });
  });

  it.each([
    ['{ token_url: https://idp/t }', 'token_url stands without'],
    ['{ client_id: a }', 'no token_url'],
    ['{ endpoint: http://graph/x }', 'plain http'],
    ['true', 'group_overage must be'],
  ])('is refused where it could not work: %s', (line, message) => {
    expect(refusalOf(`gatehouse: { jwt: { group_overage: ${line} } }`)).toContain(message);
  });
});
