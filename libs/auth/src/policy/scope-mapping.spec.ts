import type { Principal } from '#libs/access';
import type { ScopeMapping } from '#libs/config';
import { aRoute } from '#support/a-route';
import { aDeployment, aPrincipal, theMasterKey } from '#support/access-builders';
import { jwtSettings } from '#support/jwt-settings';
import { ListedModels, ModelCatalogue, scopeList } from './model-permissions.js';
import { evaluateScopedRoute, modelsOfScopes, type ScopePolicy } from './scope-mapping.js';

const MAPPINGS: readonly ScopeMapping[] = [
  { scope: 'chat', models: ['smart', 'mini-*'], routes: ['/chat/completions', '/models'] },
  { scope: 'embed', models: ['embedder'], routes: ['/embeddings'] },
  { scope: 'reports', models: null, routes: ['/spend/*'] },
  { scope: 'none', models: [], routes: [] },
];
const policy = jwtSettings({ scopeMappings: MAPPINGS });
const catalogue = new ModelCatalogue({
  deployments: [aDeployment({ modelGroup: 'gpt-4o', accessGroups: ['smart'] })],
  router: { aliases: [] },
});
const withScopes = (scopes: readonly string[], overrides: Partial<Principal> = {}): Principal =>
  aPrincipal({ scopes, ...overrides });
const evaluated = (principal: Principal, by: ScopePolicy, text: string) =>
  evaluateScopedRoute(principal, by, { route: aRoute(text), model: null });
const routeRefusal = (scopes: readonly string[], text: string) =>
  evaluated(withScopes(scopes), policy, text);
const modelRefusal = (scopes: readonly string[], model: string, over: Partial<Principal> = {}) =>
  new ListedModels(scopeList(withScopes(scopes, over), policy), catalogue).evaluate(model);

describe('routes by scope', () => {
  it.each([
    [['chat'], 'POST /v1/chat/completions', true],
    [['other', 'chat'], 'POST /openai/deployments/m/chat/completions', true],
    [['chat', 'reports'], 'GET /spend/logs', true],
    [['chat'], 'GET /spend/logs', false],
    [['none'], 'POST /v1/chat/completions', false],
    [[], 'POST /v1/chat/completions', false],
    [['Chat'], 'POST /v1/chat/completions', false],
  ])('%j open %s: %s', (scopes, text, isOpen) => {
    expect(routeRefusal(scopes, text) === null).toBe(isOpen);
  });

  it('say which scopes would have sufficed', () => {
    expect(routeRefusal(['chat'], 'GET /spend/logs')).toMatchObject({
      code: 'scope_insufficient',
      response: { scopes: ['reports'] },
    });
    expect(routeRefusal(['chat'], 'GET /team/info')?.response?.scopes).toEqual([]);
  });

  it('open the administrators’ routes to the administrators’ scope', () => {
    const admin = withScopes(['litellm_proxy_admin'], { isAdmin: true });
    expect(evaluated(admin, policy, 'POST /team/new')).toBeNull();
    expect(evaluated(admin, policy, 'POST /embeddings')).not.toBeNull();
  });

  it('are free while no mapping lists any, and for credentials without scopes', () => {
    const models = jwtSettings({
      scopeMappings: MAPPINGS.map((one) => ({ ...one, routes: null })),
    });
    expect(evaluated(withScopes([]), models, 'GET /spend/logs')).toBeNull();
    expect(evaluated(theMasterKey(), policy, 'GET /spend/logs')).toBeNull();
    expect(evaluated(withScopes([]), jwtSettings(), 'GET /spend/logs')).toBeNull();
  });
});

describe('models by scope', () => {
  it.each([
    [['chat'], 'gpt-4o', true],
    [['chat'], 'mini-2', true],
    [['chat'], 'embedder', false],
    [['chat', 'embed'], 'embedder', true],
    [['reports'], 'gpt-4o', false],
    [['none'], 'gpt-4o', false],
    [[], 'gpt-4o', false],
  ])('%j open %s: %s', (scopes, model, isOpen) => {
    expect(modelRefusal(scopes, model) === null).toBe(isOpen);
  });

  it('say which scopes would have sufficed, also to administrators', () => {
    expect(modelRefusal(['reports'], 'gpt-4o', { isAdmin: true })).toMatchObject({
      code: 'scope_insufficient',
      configKey: 'general_settings.litellm_jwtauth.scope_mappings',
      response: { param: 'model', scopes: ['chat'] },
    });
  });

  it('are free while no mapping lists any, and where scopes are not enforced', () => {
    const routes = MAPPINGS.map((one) => ({ ...one, models: null }));
    expect(modelsOfScopes(withScopes([]), { scopeMappings: routes })).toBeNull();
    expect(modelsOfScopes(withScopes([]), { scopeMappings: null })).toBeNull();
    expect(modelsOfScopes(theMasterKey(), policy)).toBeNull();
  });
});

describe('the scopes that a refusal names', () => {
  const apart = jwtSettings({
    scopeMappings: [
      { scope: 'call', models: null, routes: ['/chat/completions'] },
      { scope: 'small', models: ['mini-*'], routes: null },
      { scope: 'both', models: ['mini-*'], routes: null },
      { scope: 'both', models: null, routes: ['/chat/completions'] },
      { scope: 'never', models: ['no-default-models', 'mini-*'], routes: ['/chat/completions'] },
    ],
  });
  const route = aRoute('POST /v1/chat/completions');
  const namedBy = (scopes: readonly string[], name: string): readonly string[] | undefined => {
    const caller = withScopes(scopes);
    const model = { name, facts: catalogue.factsOf(name) };
    const refusal =
      evaluateScopedRoute(caller, apart, { route, model }) ??
      new ListedModels(scopeList(caller, apart), catalogue).evaluate(name);
    return refusal?.response?.scopes;
  };

  it.each([
    ['opens route and model', [], 'mini-2', ['both']],
    ['opens the route beside the model', ['small'], 'mini-2', ['call', 'both']],
    ['opens the model beside the route', ['call'], 'mini-2', ['small', 'both']],
  ])('each suffice alone with those of the token: it %s', (_what, scopes, model, named) => {
    expect(namedBy(scopes, model)).toEqual(named);
    for (const scope of named) expect(namedBy([...scopes, scope], model)).toBeUndefined();
  });

  it.each([
    ['none opens the model', [], 'gpt-4o'],
    ['the token has what takes every model away', ['never'], 'mini-2'],
  ])('are none where %s', (_what, scopes, model) => {
    expect(namedBy(scopes, model)).toEqual([]);
  });
});
