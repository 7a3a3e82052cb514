import { refusalOf } from '#support/config-outcome';

const PLAIN_HTTP = '{ issuer: http://a.example, audience: x, jwks_url: http://a.example/k }';

/** Expects these problems, each by its place and the beginning of its message, and no other one. */
function expectProblems(text: string, expected: readonly string[], host?: string): void {
  const [, ...problems] = refusalOf(text, {}, host).split('\n');
  expect(problems).toHaveLength(expected.length);
  for (const problem of expected) expect(problems.join('\n')).toContain(problem);
}

describe('a refusal lists every problem', () => {
  it.each([
    [
      'two members that are missing, and a rule of the section around',
      'general_settings: { master_key: sk-1234, jwt_settings: {} }',
      [
        'general_settings.jwt_settings.issuer is missing',
        'general_settings.jwt_settings.public_key_url is missing',
        'general_settings.master_key is a sample or easily guessed',
      ],
    ],
    [
      'an entry without three members, and a rule of an entry of another list',
      `general_settings: { enable_jwt_auth: true }\ngatehouse: { policies: [{ mode: shadow }], issuers: [${PLAIN_HTTP}] }`,
      [
        'gatehouse.policies[0].name is missing',
        'gatehouse.policies[0].when is missing',
        'gatehouse.policies[0].effect is missing',
        'gatehouse.issuers[0].jwks_url has an address with plain http',
      ],
    ],
    [
      'a field with two problems, and a rule of the section that it is in',
      'general_settings: { enable_jwt_auth: true, litellm_jwtauth: { team_id_jwt_field: { map: {} }, oidc_userinfo_enabled: true } }\ngatehouse: { issuers: [{ issuer: https://a.example, audience: x }] }',
      [
        'litellm_jwtauth.team_id_jwt_field names no claim',
        'litellm_jwtauth.team_id_jwt_field.map is empty',
        'litellm_jwtauth.oidc_userinfo_endpoint is missing',
      ],
    ],
    [
      'a value of the wrong kind beside one that is missing',
      'credential_list: [{ credential_values: "yes" }]',
      [
        'credential_list[0].credential_values must be a mapping',
        'credential_list[0].credential_name is missing',
      ],
    ],
    [
      'a name that is given twice beside a bad value',
      'credential_list: [{ credential_name: a, credential_values: [] }, { credential_name: a }]',
      [
        'credential_list has a name that is given twice',
        'credential_list[0].credential_values must be a mapping',
      ],
    ],
    [
      'names of a mapping beside its values',
      'model_list: [{ model_name: m, litellm_params: { model: openai/x, extra_headers: { __proto__: a, Host: [b], x-c: [c] } } }]',
      [
        'extra_headers.__proto__ must not be a name',
        'extra_headers.Host is a header that Gatehouse sets itself',
        'extra_headers.Host must be a string',
        'extra_headers.x-c must be a string',
      ],
    ],
    [
      'rules of a claim beside its members',
      'general_settings: { litellm_jwtauth: { user_id_jwt_field: { path: a..b, paths: [c], lower: true, map: { A: [x] } } } }',
      [
        'user_id_jwt_field has both path and paths',
        'user_id_jwt_field.path has an empty name',
        'user_id_jwt_field.map has a name with capitals',
        'user_id_jwt_field.map.A must be a string',
      ],
    ],
    [
      'members of entries in lists of lists',
      `general_settings: { enable_jwt_auth: true, litellm_jwtauth: { role_mappings: [{}, { role: [a] }], issuers: [{ audience: [[x], 1, [y]] }] } }\ngatehouse: { issuers: [${PLAIN_HTTP}] }`,
      [
        'role_mappings[0].role is missing',
        'role_mappings[0].internal_role is missing',
        'role_mappings[1].role must be a string',
        'role_mappings[1].internal_role is missing',
        'litellm_jwtauth.issuers[0].issuer is missing',
        'litellm_jwtauth.issuers[0].audience[0] must be a string',
        'litellm_jwtauth.issuers[0].audience[2] must be a string',
        'gatehouse.issuers[0].jwks_url has an address with plain http',
      ],
    ],
    [
      'names and values of a mapping in an entry, and a rule of the entry',
      'general_settings: { enable_jwt_auth: true }\ngatehouse: { issuers: [{ issuer: https://a.example, bound_claims: { a..b: [[]], c: , __proto__: d } }] }',
      [
        'bound_claims.a..b has an empty name',
        'bound_claims.a..b[0] must be a string',
        'bound_claims.c has no value',
        'bound_claims.__proto__ names a member',
        'gatehouse.issuers[0].audience is missing',
      ],
    ],
    [
      'two bad members three sections deep and a rule across sections',
      `general_settings: { enable_jwt_auth: true }\ngatehouse: { jwt: { jwks: { timeout_ms: x, allow_http: y } }, issuers: [${PLAIN_HTTP}] }`,
      [
        'gatehouse.jwt.jwks.timeout_ms must be',
        'gatehouse.jwt.jwks.allow_http must be',
        'gatehouse.issuers[0].jwks_url has an address with plain http',
      ],
    ],
    [
      'a bad member in each of two sections and a rule across sections',
      'general_settings: { master_key: sk-1234, enforce_rbac: maybe }\nrouter_settings: { timeout: x }\nlitellm_settings: { request_timeout: [] }',
      [
        'general_settings.enforce_rbac must be',
        'router_settings.timeout must be',
        'litellm_settings.request_timeout must be',
        'general_settings.master_key is a sample or easily guessed',
      ],
    ],
  ])('%s', (_what, text, expected) => {
    expectProblems(text, expected, '0.0.0.0');
  });

  it.each([
    ['{}', 'issuer', 'public_key_url'],
    ['{ issuer: [], public_key_url: ftp://x }', 'issuer', 'public_key_url'],
  ])('and none that follows from another one: %s', (settings, ...keys) => {
    expectProblems(
      `general_settings: { custom_auth: custom_jwt_auth.jwt_auth, jwt_settings: ${settings} }`,
      keys.map((key) => `general_settings.jwt_settings.${key} `),
    );
  });
});
