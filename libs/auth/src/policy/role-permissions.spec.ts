import type { Principal, RbacRole } from '#libs/access';
import type { RbacSettings } from '#libs/config';
import { aRoute } from '#support/a-route';
import { aPrincipal, theMasterKey } from '#support/access-builders';
import { evaluateIdentity, evaluateRole, modelsOfRole } from './role-permissions.js';

const rbac: RbacSettings = {
  enforceRole: true,
  enforceIdentity: true,
  userAllowedRoles: null,
  roleMappings: [],
  rolePermissions: [
    { role: 'team', models: ['gpt-*'], routes: ['openai_routes', '/spend/*'] },
    { role: 'team', models: null, routes: null },
    { role: 'internal_user', models: [], routes: [] },
  ],
};
const CHAT = aRoute('POST /v1/chat/completions');
const withRole = (rbacRole: RbacRole | null, overrides: Partial<Principal> = {}): Principal =>
  aPrincipal({ rbacRole, ...overrides });
const key = { keyId: 'k', alias: null, models: [], allowedRoutes: [] };

describe('an enforced role', () => {
  it.each([
    ['a role is missing', null, CHAT, 'role_missing'],
    ['a listed group covers the route', 'team', CHAT, null],
    ['a listed wildcard covers the route', 'team', aRoute('GET /spend/logs'), null],
    ['no entry covers the route', 'team', aRoute('GET /team/info'), 'route_not_allowed'],
    ['the list is empty', 'internal_user', CHAT, 'route_not_allowed'],
    ['there is no entry for the role', 'proxy_admin', aRoute('POST /team/new'), null],
  ] as const)('when %s: %s %j is %s', (_when, role, asked, code) => {
    expect(evaluateRole(withRole(role), rbac, asked)?.code ?? null).toBe(code);
  });

  it('binds administrators too, by an entry of their own', () => {
    const narrow = {
      ...rbac,
      rolePermissions: [{ role: 'proxy_admin', models: null, routes: ['/team/info'] }] as const,
    };
    const admin = withRole('proxy_admin', { isAdmin: true });
    expect(evaluateRole(admin, narrow, aRoute('POST /team/new'))?.code).toBe('route_not_allowed');
    expect(evaluateRole(admin, narrow, aRoute('GET /team/info'))).toBeNull();
  });

  it('is not asked of the master key, of virtual keys and of tokens that run as one', () => {
    expect(evaluateRole(theMasterKey(), rbac, CHAT)).toBeNull();
    expect(evaluateRole(withRole(null, { kind: 'virtual_key', key }), rbac, CHAT)).toBeNull();
    expect(evaluateRole(withRole(null, { key }), rbac, CHAT)).toBeNull();
    expect(evaluateRole(withRole(null, { kind: 'userinfo' }), rbac, CHAT)?.code).toBe(
      'role_missing',
    );
  });

  it('gives models by its first entry; null restricts nothing, an empty list allows none', () => {
    expect(modelsOfRole(withRole('team'), rbac)).toEqual(['gpt-*']);
    expect(modelsOfRole(withRole('internal_user'), rbac)).toEqual([]);
    expect(modelsOfRole(withRole('proxy_admin'), rbac)).toBeNull();
    expect(modelsOfRole(withRole('team'), { ...rbac, enforceRole: false })).toBeNull();
  });
});

describe('a required identity', () => {
  const noIds = { userId: null, teamId: null };

  it('is a user or a team', () => {
    expect(evaluateIdentity(withRole(null), noIds, rbac)?.code).toBe('role_missing');
    expect(evaluateIdentity(withRole(null), { ...noIds, teamId: 't' }, rbac)).toBeNull();
    expect(evaluateIdentity(withRole(null), { ...noIds, userId: 'u' }, rbac)).toBeNull();
  });

  it('is explained by the claims of the user and of the team', () => {
    const userLack = { detail: 'the claim `sub` is absent', remedy: 'put it into the token' };
    const teamLack = { detail: 'the claim `team` is empty', remedy: 'put it there' };
    expect(evaluateIdentity(withRole(null, { userLack, teamLack }), noIds, rbac)).toMatchObject({
      detail:
        'the token leads to no user and no team: the claim `sub` is absent and the claim `team` is empty',
      remedy: 'put it into the token',
    });
  });

  it('is not asked of administrators, keys, and where it is off', () => {
    expect(evaluateIdentity(withRole('proxy_admin', { isAdmin: true }), noIds, rbac)).toBeNull();
    expect(evaluateIdentity(withRole(null, { kind: 'virtual_key', key }), noIds, rbac)).toBeNull();
    expect(evaluateIdentity(withRole(null), noIds, { enforceIdentity: false })).toBeNull();
  });
});
