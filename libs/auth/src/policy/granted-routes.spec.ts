import { aPrincipal } from '#support/access-builders';
import { jwtSettings } from '#support/jwt-settings';
import type { AccessSettings, JwtSettings } from '#libs/config';
import { settingsFromYaml } from '#libs/config';
import type { Principal } from '#libs/access';
import { grantedRoutesOf, listGrantedRoutes } from './granted-routes.js';
import { ownRouteGrants } from './route-permissions.js';

const { access: ACCESS } = settingsFromYaml('model_list: []');

function shown(
  jwt: Partial<JwtSettings>,
  over: Partial<Principal> = {},
  served: Partial<AccessSettings> = {},
): readonly string[] {
  const settings = {
    jwt: { ...jwtSettings(), ...jwt },
    access: { ...ACCESS, ...served },
  };
  const principal = aPrincipal(over);
  return listGrantedRoutes(
    grantedRoutesOf(principal, settings, ownRouteGrants(principal, settings)),
  );
}

const { rbac } = jwtSettings();
const rolePermissions = [{ role: 'team' as const, models: null, routes: ['/v1/embeddings'] }];

describe('the routes that a decision shows', () => {
  it('are those of the credential alone while no row is known', () => {
    const routes = shown({}, { userId: 'alice' });
    expect(routes).toContain('openai_routes');
    expect(routes).not.toContain('management_routes');
    expect(routes).not.toContain('global_spend_tracking_routes');
  });

  it('are no more than the role of the token may use', () => {
    expect(shown({ rbac: { ...rbac, enforceRole: true, rolePermissions } })).toEqual([
      '/v1/embeddings',
    ]);
  });

  it('are no more than the scopes of the token open', () => {
    const scopeMappings = [
      { scope: 'chat', models: null, routes: ['/v1/chat/*', '/team/new'] },
      { scope: 'info', models: null, routes: ['info_routes'] },
    ];
    const routes = shown({ scopeMappings }, { scopes: ['chat'] });
    expect(routes).toContain('/chat/completions');
    expect(routes).not.toContain('/team/new');
    expect(routes).not.toContain('/models');
    expect(shown({ scopeMappings }, { scopes: ['info'] })).toContain('info_routes');
    expect(shown({ scopeMappings }, { scopes: [] })).toEqual([]);
  });

  it('are no more than what is served, public ones included, which need neither role nor scope', () => {
    const publicRoutes = ['/team/info'];
    const jwt = { rbac: { ...rbac, enforceRole: true, rolePermissions } };
    expect(shown(jwt, {}, { publicRoutes })).toEqual(['/v1/embeddings', '/team/info']);
    expect(shown(jwt, {}, { publicRoutes, allowedRoutes: publicRoutes })).toEqual(['/team/info']);
  });
});
