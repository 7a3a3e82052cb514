import { refusalOf, warningsOf } from '#support/config-outcome';

const model = (extra: string): string =>
  `model_list: [{ model_name: a, litellm_params: { model: openai/a, api_key: k }, ${extra} }]`;
const params = (extra: string): string =>
  `model_list: [{ model_name: a, litellm_params: { model: openai/a, api_key: k, ${extra} } }]`;

describe('a setting that narrows access below a key whose value is not read', () => {
  it.each([
    ['extra: { user_allowed_email_domain: x }', 'extra.user_allowed_email_domain'],
    [
      'litellm_settings: { general_settings: { allowed_routes: [/x] } }',
      'litellm_settings.general_settings.allowed_routes',
    ],
    [
      'litellm_settings: { cache_params: { allowed_routes: [/x] } }',
      'litellm_settings.cache_params.allowed_routes',
    ],
    [
      'general_settings: { key_management_settings: { allowed_routes: [/x] } }',
      'general_settings.key_management_settings.allowed_routes',
    ],
    [
      'general_settings: { alerting_args: { enforce_rbac: true } }',
      'general_settings.alerting_args.enforce_rbac',
    ],
    ['gatehouse_settings: { policies: [{ name: a }] }', 'gatehouse_settings.policies'],
    ['settings: [{ deep: { general: [{ admin_only_routes: [/x] }] } }]', 'admin_only_routes'],
    [
      'router_settings: { own: { gatehouse: { policies: [{}] } } }',
      'router_settings.own.gatehouse',
    ],
    [params('own: { allowed_model_region: eu }'), 'litellm_params.own.allowed_model_region'],
    [params('metadata: { enforce_rbac: true }'), 'litellm_params.metadata.enforce_rbac'],
    [model('model_info: { own: { access_via_team_ids: [a] } }'), 'own.access_via_team_ids'],
    [model('own: { supported_environments: [prod] }'), 'own.supported_environments'],
    ['callback_settings: { a: { default_team_params: { models: [a] } } }', 'default_team_params'],
  ])('refuses the start, with where to write it: %s', (text, path) => {
    const line = refusalOf(text)
      .split('\n')
      .find((one) => one.includes(`${path} `));
    expect(line).toContain('narrows access and stands in the wrong place');
    expect(line).toMatch(/Write it (below|at the top level)|LiteLLM reads it (below|at)/);
  });

  it.each([
    ['teams: [{ team_id: x, models: [m] }]', '/team/new'],
    ['users: { anna: { models: [m] } }', '/user/new'],
    ['litellm_settings: { keys: [{ key_alias: a, allowed_routes: [/x] }] }', '/key/generate'],
    ['own: { organizations: [{ organization_id: a, models: [m] }] }', '/organization/new'],
  ])('refuses the start for limited accounts in the file: %s', (text, route) => {
    expect(refusalOf(text)).toContain(`POST ${route}`);
  });

  it.each([
    'extra: { user_allowed_email_domain: null, enforce_rbac: false, allowed_routes: "" }',
    'litellm_settings: { cache_params: { type: redis, supported_call_types: [acompletion] } }',
    'general_settings: { alerting_args: { daily_report_frequency: 43200 } }',
    'mcp_servers: { a: { url: "https://a.example", access_groups: [x], issuer: b } }',
    'teams: [{ team_id: x }]',
    'router_settings: { fallbacks: [{ a: [b] }], routing_strategy_args: { ttl: 10 } }',
    params('vertex_credentials: { audience: "//iam.example", type: external_account }'),
    params('metadata: { models: [a], policies: [b], teams: [{ models: [c] }], team_id: d }'),
    params('extra_headers: { audience: x }, litellm_metadata: { tags: [x], guardrails: [y] }'),
    params('extra_body: { models: [a, b], guardrails: {} }'),
    model('model_info: { owner: { team_id: a, models: [b] }, notes: { policies: [c] } }'),
    'catalogue: { models: [a], users: [anna] }',
    'x-shared: { jwt: &jwt { user_allowed_email_domain: a.example } }\ngeneral_settings: { litellm_jwtauth: { <<: *jwt } }',
    'x-general: &general { allowed_routes: [/v1/models] }\ngeneral_settings: { <<: *general }',
    'x-list: [&routes { admin_only_routes: [/v1/models] }]\ngeneral_settings: { <<: *routes }',
  ])('is not seen in ordinary members, nor in what is repeated elsewhere: %s', (text) => {
    expect(() => warningsOf(text)).not.toThrow();
  });

  it('is seen in a fragment with an anchor that is repeated nowhere', () => {
    expect(refusalOf('x: &unused { allowed_routes: [/x] }')).toContain('x.allowed_routes narrows');
  });
});

describe('a callback that is a Python object', () => {
  const NOT_RUN = 'names a Python object, which Gatehouse does not run';
  it.each([
    'callbacks: custom_callbacks.proxy_handler_instance',
    'callbacks: [prometheus, my_hooks.handler]',
    'success_callback: [pkg.module.logger]',
    'failure_callback: [pkg.module.logger]',
    'post_call_rules: rules.my_rule',
  ])('gets a warning that it is not run: %s', (line) => {
    expect(warningsOf(`litellm_settings: { ${line} }`).join('\n')).toContain(NOT_RUN);
  });

  it('is not seen in the names of logging services', () => {
    const text = 'litellm_settings: { callbacks: [prometheus, s3_v2], success_callback: langfuse }';
    expect(warningsOf(text).join('\n')).not.toContain(NOT_RUN);
  });
});
