import fc from 'fast-check';
import { isModelRoute, isSpendingRoute, mayUseRoute, routeGroupsOf } from './route-catalog.js';
import { requestedRoute, spellingsOf, type RequestedRoute } from './route-path.js';
import { RoutePattern } from './route-pattern.js';

function route(target: string, method = 'POST'): RequestedRoute {
  const found = requestedRoute(method, target);
  if (found === null) throw new Error(`${target} is not a normal path`);
  return found;
}

const isCovered = (entry: string, target: string, method?: string): boolean =>
  mayUseRoute([entry], route(target, method));

describe('an entry of a list of routes', () => {
  it.each([
    ['/chat/completions', '/v1/chat/completions', true],
    ['/v1/chat/completions', '/engines/m/chat/completions', true],
    ['/engines/{model}/chat/completions', '/chat/completions', true],
    ['/chat/completions', '/chat/completions/x', false],
    ['/chat/completions', '/chat', false],
    ['/chat/completions', '/Chat/completions', false],
    ['/files/{file_id}', '/v1/files/f1', true],
    ['/files/{file_id}', '/files', false],
    ['/files/{file_id}', '/files/f1/content', false],
    ['/v1/files/{file_id}/content', '/files/f1/content', true],
    ['/containers/*', '/containers/a/b', true],
    ['/containers/*', '/containers', false],
    ['/containers/*', '/containersx/a', false],
    ['/v1/*', '/chat/completions', true],
    ['/openai/*', '/chat/completions', false],
    ['/openai/*', '/openai/deployments/m/chat/completions', false],
    ['/openai/*', '/openai/v1/responses', false],
    ['/openai/*', '/openai/v1/images/generations', true],
    ['/openai/deployments/*', '/chat/completions', true],
    ['/engines/*', '/v1/chat/completions', true],
    ['/v1/*', '/team/new', false],
    ['*', '/anything/at/all', true],
    ['/v1beta/models/{m:path}:countTokens', '/v1beta/models/a/b:countTokens', true],
    ['/v1beta/models/{m:path}:countTokens', '/v1beta/models/:countTokens', false],
    ['/v1beta/models/{m:path}:countTokens', '/v1beta/models/a:generateContent', false],
    ['/models/{m:path}:generateContent', '/v1beta/models/a/b:generateContent', true],
    ['/v1beta/models/gemini:generateContent', '/models/gemini:generateContent', true],
    ['/v1beta/models/gemini:generateContent', '/v1beta/models/other:generateContent', false],
    ['/models/*', '/v1beta/models/gemini:generateContent', true],
    ['/v1/mcp/server/{path:path}', '/v1/mcp/server/a/b', true],
    ['/v1/mcp/server/{path:path}', '/v1/mcp/server', false],
    ['/a*', '/ab', false],
    ['no_such_group', '/chat/completions', false],
    ['', '/chat/completions', false],
  ])('%s covers %s: %s', (entry, target, expected) => {
    expect(isCovered(entry, target)).toBe(expected);
  });

  it('may be restricted to one method', () => {
    expect(isCovered('GET /models/{model_id}', '/v1/models/gpt-4o', 'GET')).toBe(true);
    expect(isCovered('GET /models/{model_id}', '/v1/models/gpt-4o', 'HEAD')).toBe(true);
    expect(isCovered('GET /models/{model_id}', '/v1/models/gpt-4o', 'DELETE')).toBe(false);
  });

  it('is evaluated alike for a route and all of its aliases', () => {
    const entries = [
      'openai_routes',
      'google_routes',
      '/models/*',
      '/v1beta/*',
      '/v1/*',
      '/openai/*',
      '/engines/*',
      '/chat/*',
      '/files/{id}',
    ];
    for (const entry of entries) {
      for (const path of [
        ...['/chat/completions', '/embeddings', '/files/f', '/responses/r'],
        '/v1beta/models/m:generateContent',
      ]) {
        const results = spellingsOf(path).map((one) =>
          isCovered(entry, one.replace('{model}', 'm')),
        );
        expect(new Set(results).size).toBe(1);
      }
    }
  });

  it('equals a naive reading of the pattern language', () => {
    const segment = fc.constantFrom('a', 'b', '{x}');
    const pattern = fc.tuple(
      fc.array(segment, { minLength: 1, maxLength: 4 }),
      fc.constantFrom('', '/*', '/{r:path}', '/{r:path}:v'),
    );
    const path = fc.array(fc.constantFrom('a', 'b', 'c', 'a:v', ':v'), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(pattern, path, ([segments, tail], given) => {
        const text = `/${segments.join('/')}${tail}`;
        const naive = new RegExp(
          `^${text.replace(/\/\*$/, '/.+').replace('{r:path}', '.+').replaceAll('{x}', '[^/]+')}$`,
        );
        const target = `/${given.join('/')}`;
        expect(new RoutePattern(text).matches(route(target))).toBe(naive.test(target));
      }),
      { numRuns: 1_000 },
    );
  });

  it('costs time linear in the path, also for patterns that make regular expressions explode', () => {
    const evil = new RoutePattern(`/${'{x}/'.repeat(200)}{r:path}${':a'.repeat(200)}`);
    const target = route(`/${'a/'.repeat(2_000)}b`);
    const start = performance.now();
    for (let count = 0; count < 100; count += 1) evil.matches(target);
    expect((performance.now() - start) / 100).toBeLessThan(50);
  });
});

describe('the groups', () => {
  it('count calls of models as model routes and administration not', () => {
    expect(isModelRoute(route('/v1/chat/completions'))).toBe(true);
    expect(isModelRoute(route('/v1/messages'))).toBe(true);
    expect(isModelRoute(route('/vertex_ai/v1/projects/p'))).toBe(true);
    expect(isModelRoute(route('/team/new'))).toBe(false);
    expect(isModelRoute(route('/auth/explain'))).toBe(false);
    expect(isModelRoute(route('/x/vertex_ai/y'))).toBe(false);
  });

  it('tell calls that spend money from listings', () => {
    expect(isSpendingRoute(route('/v1/chat/completions'))).toBe(true);
    expect(isSpendingRoute(route('/mcp/tools/call'))).toBe(true);
    expect(isSpendingRoute(route('/v1/models', 'GET'))).toBe(false);
    expect(isSpendingRoute(route('/v1/models/gpt-4o', 'GET'))).toBe(false);
    expect(isSpendingRoute(route('/team/new'))).toBe(false);
  });

  it('of the role gate hold what LiteLLM’s hold, and leak no other tenant’s spend to internal users', () => {
    const holds = (group: string, target: string): boolean =>
      routeGroupsOf(route(target)).some((name) => name === group);
    expect(holds('internal_user_routes', '/key/generate')).toBe(true);
    expect(holds('internal_user_routes', '/global/spend')).toBe(false);
    expect(holds('internal_user_view_only_routes', '/spend/logs')).toBe(true);
    expect(holds('internal_user_view_only_routes', '/key/generate')).toBe(false);
    expect(holds('self_managed_routes', '/team/member_add')).toBe(true);
    expect(holds('org_admin_only_routes', '/organization/member_delete')).toBe(true);
    expect(holds('org_admin_allowed_routes', '/team/new')).toBe(true);
    expect(holds('admin_viewer_routes', '/audit/1')).toBe(true);
    expect(holds('admin_viewer_routes', '/team/new')).toBe(false);
  });

  it('hold the additions of Gatehouse under management', () => {
    for (const target of [
      '/organization/new',
      '/customer/block',
      '/end_user/info',
      '/budget/new',
      '/audit',
      '/audit/1',
      '/auth/explain',
      '/decisions/dec_1',
      '/revocations',
      '/metrics',
    ]) {
      expect(routeGroupsOf(route(target))).toContain('management_routes');
      expect(routeGroupsOf(route(target))).not.toContain('llm_api_routes');
    }
  });

  it('keep administration of agents and MCP servers out of the model routes', () => {
    expect(isModelRoute(route('/agents'))).toBe(true);
    expect(isModelRoute(route('/v1/agents'))).toBe(false);
    expect(isModelRoute(route('/v1/mcp/server/x'))).toBe(false);
  });
});
