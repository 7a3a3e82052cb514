import { settingsFromYaml, type AccessSettings, type PolicySettings } from '#libs/config';
import { aClaim } from '#support/jwt-settings';
import { describePipeline, MASTER_KEY, type PipelineCase } from '#support/pipeline-harness';
import { keptDecision } from '../decisions/decision-record.js';

const NO_CREDENTIAL = { authorization: '' };
const { rbac } = settingsFromYaml('{}').jwt;
const ROLES = {
  rbac: {
    ...rbac,
    enforceRole: true,
    rolePermissions: [{ role: 'team', models: ['gpt-*'], routes: ['openai_routes'] }],
  },
} satisfies PipelineCase['jwt'];
const SCOPES = {
  scopeMappings: [{ scope: 'chat', models: ['gpt-4o'], routes: ['/chat/completions'] }],
} satisfies PipelineCase['jwt'];
const aPolicy = (when: string, over: Partial<PolicySettings> = {}): Partial<AccessSettings> => ({
  policies: [{ name: 'p', when, effect: 'deny', reason: null, mode: 'enforce', ...over }],
});

describePipeline('authorisation, with real tokens', (harness) => {
  const cases: [string, PipelineCase, string | null, string | null][] = [
    ['a model of the role', { jwt: ROLES }, null, null],
    [
      'a model beyond the role',
      { jwt: ROLES, body: { model: 'claude' } },
      'model_not_allowed',
      'general_settings.role_permissions',
    ],
    [
      'a route beyond the role',
      { jwt: ROLES, route: 'GET /team/info' },
      'route_not_allowed',
      'general_settings.role_permissions',
    ],
    [
      'no role',
      {
        jwt: { ...ROLES, allowedEmailDomains: null },
        fields: { teamId: null, userId: aClaim('none'), userEmail: null },
        claims: { team: undefined },
      },
      'role_missing',
      'general_settings.litellm_jwtauth.enforce_rbac',
    ],
    ['a sufficient scope', { jwt: SCOPES, claims: { scope: 'x chat' } }, null, null],
    [
      'a missing scope',
      { jwt: SCOPES },
      'scope_insufficient',
      'general_settings.litellm_jwtauth.scope_mappings',
    ],
    [
      'a model beyond the scope',
      { jwt: SCOPES, claims: { scope: ['chat'] }, body: { model: 'other' } },
      'scope_insufficient',
      'general_settings.litellm_jwtauth.scope_mappings',
    ],
    [
      'a route that is not served',
      { access: { allowedRoutes: ['/embeddings'] } },
      'route_not_allowed',
      'general_settings.allowed_routes',
    ],
    [
      'a route that is not served, from the master key',
      { access: { allowedRoutes: ['/embeddings'] }, token: MASTER_KEY },
      'route_not_allowed',
      'general_settings.allowed_routes',
    ],
    [
      'a route of administrators alone',
      { access: { adminOnlyRoutes: ['openai_routes'] }, jwt: { adminIssuers: [] } },
      'route_not_allowed',
      'general_settings.admin_only_routes',
    ],
    [
      'a call without end user where one is required',
      { access: { requireUserParam: true } },
      'request_invalid',
      'general_settings.enforce_user_param',
    ],
    [
      'a call that states tags where they are not accepted',
      { access: { rejectClientTags: true }, body: { model: 'gpt-4o', metadata: { tags: ['a'] } } },
      'request_invalid',
      'general_settings.reject_clientside_metadata_tags',
    ],
    [
      'a call that states none there',
      { access: { rejectClientTags: true }, body: { model: 'gpt-4o', metadata: { a: 1 } } },
      null,
      null,
    ],
    [
      'a call with one',
      { access: { requireUserParam: true }, body: { model: 'gpt-4o', user: 'customer' } },
      null,
      null,
    ],
    [
      'a call with one in the token',
      { access: { requireUserParam: true }, claims: { end_user: 'customer' } },
      null,
      null,
    ],
    [
      'a call that a policy refuses',
      {
        access: aPolicy('principal.team_id == "research" && token.level < 3'),
        claims: { level: 2 },
      },
      'policy_denied',
      'gatehouse.policies[0]',
    ],
    [
      'a call that a policy does not mean',
      { access: aPolicy('token.level < 3'), claims: { level: 3 } },
      null,
      null,
    ],
    [
      'a call that a policy cannot evaluate',
      { access: aPolicy('token.level < 3') },
      'policy_denied',
      'gatehouse.policies[0]',
    ],
    ['a call that a shadow refuses', { access: aPolicy('true', { mode: 'shadow' }) }, null, null],
    [
      'the master key, by policy',
      { access: aPolicy('principal.kind == "master_key"'), token: MASTER_KEY },
      'policy_denied',
      'gatehouse.policies[0]',
    ],
  ];

  it.each(cases)('evaluates %s', async (_name, one, code, configKey) => {
    const { failure, trace } = await harness.evaluate(one);
    expect(failure?.code ?? null).toBe(code);
    const refusal = trace.steps.find(({ outcome }) => outcome === 'refused');
    expect(refusal?.config_key ?? null).toBe(configKey);
  });

  it('tells which scope would have sufficed', async () => {
    const call = await harness.evaluate({ jwt: SCOPES });
    expect(call.error?.scopes).toEqual(['chat']);
  });

  it('names no scope that opens the route and not the model', async () => {
    const small = { scope: 'small', models: ['gpt-4o-mini'], routes: ['/chat/completions'] };
    const scopeMappings = [...SCOPES.scopeMappings, small];
    const call = await harness.evaluate({ jwt: { scopeMappings } });
    expect(call.error?.scopes).toEqual(['chat']);
    const other = await harness.evaluate({ jwt: { scopeMappings }, body: { model: 'claude' } });
    expect(other.failure?.code).toBe('scope_insufficient');
    expect(other.error?.scopes).toEqual([]);
  });

  it('shows the agent of the token to policies', async () => {
    const one: PipelineCase = {
      claims: { agent: 'bot' },
      fields: { agentId: aClaim('agent') },
      access: aPolicy('principal.agent_id == "bot"'),
    };
    expect((await harness.evaluate(one)).failure?.code).toBe('policy_denied');
    const another = await harness.evaluate({ ...one, claims: { agent: 'other' } });
    expect(another.failure).toBeNull();
    const ending = { status: 200, reason: null };
    expect(keptDecision(another, ending).principal?.agent_id).toBe('other');
  });

  it('refuses by role and scope before it looks up any row', async () => {
    for (const jwt of [
      SCOPES,
      {
        ...ROLES,
        rbac: {
          ...rbac,
          ...ROLES.rbac,
          rolePermissions: [{ role: 'team', models: [], routes: null } as const],
        },
      },
    ]) {
      harness.reset();
      const { failure } = await harness.evaluate({ jwt });
      expect(failure).not.toBeNull();
      expect(harness.records.lookups).toEqual([]);
    }
  });

  it('names what a shadow would have done', async () => {
    const { trace } = await harness.evaluate({ access: aPolicy('true', { mode: 'shadow' }) });
    expect(trace.steps.filter(({ guard }) => guard === 'policies')).toMatchObject([
      { outcome: 'passed', detail: 'the policy p, in shadow, would refuse the call' },
      { outcome: 'passed', detail: 'no policy refuses the call' },
    ]);
  });

  describe('on public routes', () => {
    const open = { publicRoutes: ['/models', '/chat/completions', '/metrics'] };

    it.each([
      ['no credential', { headers: NO_CREDENTIAL }],
      ['a bad one', { token: 'none' }],
      ['an expired one', { claims: { exp: 1 } }],
    ] as [string, PipelineCase][])('admits a caller with %s as anonymous', async (_name, one) => {
      for (const route of ['GET /v1/models', 'POST /v1/chat/completions', 'GET /metrics']) {
        const access = await harness.admit({ ...one, route, access: open });
        expect(access.principal.kind).toBe('anonymous');
        expect(access.role).toBe('internal_user_viewer');
        expect(new Set(Object.values(access.attribution))).toEqual(new Set([null]));
        await access.admission.commit();
      }
      expect(harness.records.written).toEqual([]);
    });

    it('requires neither role, scope, email address nor team of an anonymous caller', async () => {
      const jwt = { ...ROLES, ...SCOPES };
      const access = await harness.admit({ headers: NO_CREDENTIAL, access: open, jwt });
      expect(access.models.mayUse('anything')).toBe(true);
    });

    it('knows a caller with a valid credential, and still refuses it when its rows do', async () => {
      const access = await harness.admit({ route: 'GET /metrics', access: open });
      expect(access.attribution).toMatchObject({ userId: 'alice', teamId: 'research' });
      const unknown = await harness.evaluate({ claims: { sub: 'bob' }, access: open });
      expect(unknown.failure?.code).toBe('user_unknown');
    });

    it('leaves no refusal in the trace of a call that it admits', async () => {
      const { trace } = await harness.evaluate({ token: 'none', access: open });
      expect(trace.steps.some(({ outcome }) => outcome === 'refused')).toBe(false);
      expect(trace.steps[0]).toMatchObject({ config_key: 'general_settings.public_routes' });
    });

    it('still refuses routes that are not public', async () => {
      const { failure } = await harness.evaluate({
        headers: NO_CREDENTIAL,
        access: { publicRoutes: ['*', 'llm_api_routes'] },
      });
      expect(failure).toEqual({ code: 'credential_missing', status: 401 });
    });

    it('lets policies refuse an anonymous caller', async () => {
      const access = { ...open, ...aPolicy('principal.kind == "anonymous"') };
      const { failure } = await harness.evaluate({ headers: NO_CREDENTIAL, access });
      expect(failure?.code).toBe('policy_denied');
    });
  });
});
