import { refusalOf, warningsOf } from '#support/config-outcome';
import { GENERAL_PENDING } from './names/litellm-ignored-names.js';
import { settingsFromYaml } from './load-settings.js';

const JWKS = { JWT_PUBLIC_KEY_URL: 'https://idp.example/jwks' };

describe('unknown keys', () => {
  it.each([
    ['general_settings: { litellm_jwtauth: { team_id_jwt_feld: x } }', 'team_id_jwt_field'],
    ['gatehouse: { jwt: { requireExp: true } }', 'require_exp'],
    ['gatehouse: { data-dir: x }', 'data_dir'],
    ['gatehouse: { jwt: { jwks: { timeout: 3 } } }', 'timeout_ms'],
  ])(
    'refuse the start where they would decide about access, with the near name: %s',
    (text, near) => {
      expect(refusalOf(text)).toContain(near);
    },
  );

  it('are listed in one warning elsewhere, with the near name', () => {
    const warnings = warningsOf(
      'router_settings: { timeot: 3 }\nlitellm_settings: { bogus: 1 }\nmodel_list: [{ model_name: a, litellm_params: { model: openai/a, colour: red } }]',
    ).filter((warning) => warning.includes('does not know'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('router_settings.timeot (timeout?)');
    expect(warnings[0]).toContain('litellm_settings.bogus');
    expect(warnings[0]).toContain('model_list[0].litellm_params.colour');
  });

  it.each([
    ['gatehous: { policies: [] }', 'gatehouse'],
    ['general_setings: {}', 'general_settings'],
    ['litellm_setting: {}', 'litellm_settings'],
    ['routersettings: {}', 'router_settings'],
    ['model_lists: []', 'model_list'],
  ])('refuse the start at the top level where a known section is near: %s', (text, near) => {
    expect(refusalOf(text)).toContain(`Did you mean "${near}"?`);
  });

  it('are listed in the warning at the top level where no known section is near', () => {
    expect(warningsOf('x-shared: { a: 1 }').join()).toContain('x-shared');
  });
});

describe('keys that are known and not built', () => {
  it.each([...GENERAL_PENDING.keys()])('refuse the start: general_settings.%s', (key) => {
    expect(refusalOf(`general_settings: { ${key}: [x] }`)).toContain(`general_settings.${key} `);
  });

  it('refuse the start: gatehouse.metrics', () => {
    expect(refusalOf('gatehouse: { metrics: { public: true } }')).toContain('gatehouse.metrics');
  });

  it('refuse sections about tokens that stand in the wrong place', () => {
    expect(refusalOf('jwt_settings: { issuer: x }')).toContain('below general_settings');
    expect(refusalOf('litellm_jwtauth: { admin_jwt_scope: x }')).toContain(
      'below general_settings',
    );
  });

  it('are accepted while they have their default value', () => {
    expect(
      warningsOf(
        'general_settings: { enable_oauth2_proxy_auth: false, allowed_ips: null, guardrails: false }\ngatehouse: { redis: }',
      ).filter((warning) => /oauth2|allowed_ips|redis|guardrails/.test(warning)),
    ).toEqual([]);
  });

  it('warn about limits and fallbacks that would be missed, unless they are off', () => {
    const text =
      'litellm_settings: { default_max_internal_user_budget: 10, fallbacks: [{a: [b]}], cache: true }';
    expect(warningsOf(text).join('\n')).toMatch(/default_max_internal_user_budget[\s\S]*fallbacks/);
    expect(warningsOf(text).join('\n')).not.toMatch(/cache/);
    expect(
      warningsOf('litellm_settings: { default_max_internal_user_budget: 0, fallbacks: [] }').join(
        '\n',
      ),
    ).not.toMatch(/default_max_internal_user_budget|fallbacks/);
  });
});

describe('values', () => {
  it.each([
    ['general_settings: []', 'general_settings'],
    ['general_settings: { enable_jwt_auth: "yes" }', 'general_settings.enable_jwt_auth'],
    ['general_settings: { enable_jwt_auth: 1 }', 'general_settings.enable_jwt_auth'],
    ['general_settings: { database_url: [x] }', 'general_settings.database_url'],
    ['general_settings: { master_key: true }', 'general_settings.master_key'],
    ['general_settings: { master_key: "" }', 'general_settings.master_key'],
    ['general_settings: { litellm_jwtauth: { user_id_jwt_field: "" } }', 'user_id_jwt_field'],
    [
      'general_settings: { litellm_jwtauth: { team_id_jwt_field: __proto__.x } }',
      'team_id_jwt_field',
    ],
    ['general_settings: { litellm_jwtauth: { public_key_ttl: -1 } }', 'public_key_ttl'],
    [
      'general_settings: { litellm_jwtauth: { public_key_stale_ttl: .inf } }',
      'public_key_stale_ttl',
    ],
    ['general_settings: { litellm_jwtauth: { admin_allowed_routes: /x } }', 'admin_allowed_routes'],
    [
      'general_settings: { litellm_jwtauth: { team_allowed_routes: [x_routes] } }',
      'team_allowed_routes[0]',
    ],
    [
      'general_settings: { litellm_jwtauth: { user_allowed_email_domain: [] } }',
      'user_allowed_email_domain',
    ],
    [
      'general_settings: { litellm_jwtauth: { user_allowed_email_domain: a@b } }',
      'user_allowed_email_domain',
    ],
    ['gatehouse: { server: { body_limit_bytes: 1.5 } }', 'gatehouse.server.body_limit_bytes'],
    [
      'gatehouse: { jwt: { clock_tolerance_seconds: 301 } }',
      'gatehouse.jwt.clock_tolerance_seconds',
    ],
    ['gatehouse: { jwt: { accepted_types: [] } }', 'gatehouse.jwt.accepted_types'],
    ['gatehouse: { spend: { client_abort: drian } }', 'Did you mean "drain"'],
    ['gatehouse: { budgets: { default_reservation_usd: -1 } }', 'default_reservation_usd'],
    ['gatehouse: { admin_issuers: x }', 'gatehouse.admin_issuers'],
    ['gatehouse: { admin_issuers: [null] }', 'gatehouse.admin_issuers[0]'],
    ['gatehouse: { jwt: { link_by_verified_email: x } }', 'gatehouse.jwt.link_by_verified_email'],
    [
      'gatehouse: { jwt: { link_by_verified_email: [7, null] } }',
      'gatehouse.jwt.link_by_verified_email[1]',
    ],
    ['router_settings: { num_retries: 11 }', 'router_settings.num_retries'],
    ['router_settings: { timeout: 0 }', 'router_settings.timeout'],
    ['environment_variables: { "A B": x }', 'environment_variables'],
  ])('refuses %s', (text, named) => {
    expect(refusalOf(text)).toContain(named);
  });

  it('lists every problem, not only the first', () => {
    const message = refusalOf(
      'general_settings: { database_url: x, master_key: y }\ngatehouse: { spend: { client_abort: z }, bogus: 1 }',
    );
    for (const path of ['database_url', 'master_key', 'client_abort', 'bogus'])
      expect(message).toContain(path);
  });

  it('accepts one email domain or several, and compares them in lower case', () => {
    const domains = (value: string): readonly string[] | null =>
      settingsFromYaml(
        `general_settings: { litellm_jwtauth: { user_allowed_email_domain: ${value} } }`,
      ).jwt.allowedEmailDomains;
    expect(domains('My-Co.com')).toEqual(['my-co.com']);
    expect(domains('[A.com, b.org]')).toEqual(['a.com', 'b.org']);
    expect(domains('null')).toBeNull();
  });

  it('distinguishes an unset team claim from one that is set to nothing', () => {
    const claims = (text: string): unknown => {
      const { jwt } = settingsFromYaml(`general_settings: { litellm_jwtauth: { ${text} } }`);
      return [jwt.claims.teamId?.paths ?? null, jwt.claims.isTeamSoft];
    };
    expect(claims('')).toEqual([null, true]);
    expect(claims('team_id_jwt_field: ""')).toEqual([null, false]);
    expect(claims('team_id_jwt_field: a.b')).toEqual([['a.b'], false]);
  });

  it('brings token types into their short, lower-case form', () => {
    expect(
      settingsFromYaml('gatehouse: { jwt: { accepted_types: [application/AT+jwt, JWT] } }').jwt
        .acceptedTypes,
    ).toEqual(['at+jwt', 'jwt']);
  });
});

describe('token authentication', () => {
  const ENABLED = 'general_settings: { enable_jwt_auth: true }';

  it('needs a key-set address', () => {
    expect(refusalOf(ENABLED)).toContain('JWT_PUBLIC_KEY_URL');
    expect(refusalOf(ENABLED, { JWT_PUBLIC_KEY_URL: ' , ' })).toContain('JWT_PUBLIC_KEY_URL');
  });

  it('reads a list with commas, each an http(s) address without credentials', () => {
    const urls = (value: string): readonly string[] =>
      settingsFromYaml(ENABLED, { JWT_PUBLIC_KEY_URL: value }).jwt.issuers[0]?.keyUrls ?? [];
    expect(urls(' https://a/jwks, https://b/x ,')).toEqual(['https://a/jwks', 'https://b/x']);
    for (const wrong of ['a/jwks', 'https://u:p@a/jwks', 'https://a,ftp://b'])
      expect(() => urls(wrong)).toThrow(/JWT_PUBLIC_KEY_URL/);
  });

  it('refuses plain http beyond this machine unless it is allowed', () => {
    expect(refusalOf(ENABLED, { JWT_PUBLIC_KEY_URL: 'http://idp.example/jwks' })).toContain(
      'allow_http',
    );
    for (const address of ['http://localhost:1/x', 'http://127.0.0.1/x', 'http://[::1]/x'])
      expect(settingsFromYaml(ENABLED, { JWT_PUBLIC_KEY_URL: address }).jwt.enabled).toBe(true);
    expect(
      settingsFromYaml(`${ENABLED}\ngatehouse: { jwt: { jwks: { allow_http: true } } }`, {
        JWT_PUBLIC_KEY_URL: 'http://idp.example/jwks',
      }).jwt.issuers[0]?.keyUrls,
    ).toHaveLength(1);
  });

  it('warns about an audience and an issuer that are not checked', () => {
    const paths = settingsFromYaml(ENABLED, JWKS).warnings.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['JWT_AUDIENCE', 'JWT_ISSUER']));
    const quiet = settingsFromYaml(ENABLED, {
      ...JWKS,
      JWT_AUDIENCE: 'a,b',
      JWT_ISSUER: 'https://i/',
    });
    expect(quiet.jwt.issuers).toMatchObject([
      { audience: { values: ['a,b'] }, issuer: 'https://i/', isGlobal: true },
    ]);
    expect(quiet.warnings.map(({ path }) => path)).not.toContain('JWT_AUDIENCE');
  });

  it('warns about settings that refuse every caller or create no user', () => {
    const warnings = warningsOf(
      'general_settings: { enable_jwt_auth: true, litellm_jwtauth: { user_allowed_email_domain: a.com, user_id_upsert: true, team_id_upsert: true } }\ngatehouse: { admin_issuers: [x] }',
      { ...JWKS, JWT_ISSUER: 'https://i' },
    ).join('\n');
    expect(warnings).toMatch(/user_allowed_email_domain refuses/);
    expect(warnings).toMatch(/user_id_upsert creates no user/);
    expect(warnings).toMatch(/team_id_upsert creates no team/);
    expect(warnings).toMatch(/admin_issuers/);
  });

  it('warns when no caller can have a credential', () => {
    expect(warningsOf('').join('\n')).toContain('neither master_key nor enable_jwt_auth');
  });
});

describe('the master key', () => {
  const STRONG = 'sk-9f3c5a7b1d2e4f6a8b0c';
  const config = (key: string): string => `general_settings: { master_key: '${key}' }`;

  it.each([
    'sk-1234',
    'sk-master-key',
    'sk-your-key-here',
    'sk-test',
    'sk-aaaaaaaaaaaaaaaaaaaaaaaa',
  ])('is refused beyond loopback and warned about on it when it is a sample: %s', (key) => {
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'gateway.example'])
      expect(refusalOf(config(key), {}, host)).toContain('general_settings.master_key');
    for (const host of ['127.0.0.1', '127.8.8.8', 'localhost', '::1'])
      expect(
        settingsFromYaml(config(key), {}, { host }).warnings.map(({ path }) => path),
      ).toContain('general_settings.master_key');
  });

  it('is accepted anywhere when it is strong', () => {
    expect(settingsFromYaml(config(STRONG), {}, { host: '0.0.0.0' }).masterKey).toBe(STRONG);
  });

  it('is evaluated under the variable’s name when it comes from there', () => {
    expect(refusalOf('', { LITELLM_MASTER_KEY: 'sk-1234', HOST: '0.0.0.0' })).toContain(
      'LITELLM_MASTER_KEY',
    );
  });

  it.each(['1234', 'sk-', 'sk-12 34567890123456789', 'SK-9f3c5a7b1d2e4f6a8b0c'])(
    'is refused when it is not a key: %s',
    (key) => {
      expect(refusalOf(config(key))).toContain('general_settings.master_key');
    },
  );
});

describe('a list of models', () => {
  it.each(['[]', '[os.environ/UNSET_MODEL]'])('warns where no entry is left: %s', (models) => {
    expect(warningsOf(`model_list: ${models}`)).toContain(
      'model_list is empty: there is no model to call',
    );
  });
});
