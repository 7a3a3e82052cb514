import type { ClaimFields, JwtSettings } from '#libs/config';
import { aClaim, anIssuer, claimFields, jwtSettings } from '#support/jwt-settings';
import { mapClaims } from './claims-mapping.js';
import { readRoles } from './role-mapping.js';

const base = jwtSettings();
const ROLES = { roles: aClaim('roles'), userRoles: aClaim('roles') };

const map = (
  claims: Record<string, unknown>,
  fields: Partial<ClaimFields>,
  settings: Partial<JwtSettings> = {},
) =>
  mapClaims(
    {
      kind: 'jwt',
      claims,
      fields: claimFields({ isTeamSoft: false, ...fields }),
      entry: anIssuer(),
    },
    jwtSettings(settings),
  );

const withMappings = (over: Partial<JwtSettings['rbac']>): Partial<JwtSettings> => ({
  rbac: { ...base.rbac, ...over },
});

const MAPPINGS = withMappings({
  roleMappings: [
    { role: 'boss', internalRole: 'proxy_admin' },
    { role: 'crew', internalRole: 'team' },
    { role: 'staff', internalRole: 'internal_user' },
  ],
  userAllowedRoles: ['basic'],
});

describe('the roles claim', () => {
  test.each<[unknown, readonly string[]]>([
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    ['admin', ['admin']],
    ['', []],
    [['a', 7], []],
    [[['a']], []],
    [{ a: true }, []],
    [null, []],
    [undefined, []],
  ])('as %j holds %j', (claim, roles) => {
    expect(readRoles(claim)).toEqual(roles);
  });
});

describe('the role that permissions are asked by', () => {
  const all = { ...ROLES, teamId: aClaim('team'), userId: aClaim('sub') };

  test.each<[Record<string, unknown>, string | null]>([
    [{ scope: 'litellm_proxy_admin', roles: ['crew'], team: 't' }, 'proxy_admin'],
    [{ roles: ['staff', 'crew'], team: 't', sub: 'u' }, 'team'],
    [{ roles: ['boss'], sub: 'u' }, 'proxy_admin'],
    [{ roles: ['basic'], team: 't' }, 'internal_user'],
    [{ roles: ['other'], team: 't', sub: 'u' }, 'team'],
    [{ roles: ['other'], sub: 'u' }, 'internal_user'],
    [{ roles: 'crew' }, 'team'],
    [{ roles: 'rew' }, null],
    [{}, null],
  ])('of %j is %p', (claims, role) => {
    const principal = map(claims, all, MAPPINGS);
    expect(principal.rbacRole).toBe(role);
    expect(principal.isAdmin).toBe('scope' in claims);
  });

  test.each<[string, Partial<JwtSettings['rbac']>]>([
    ['user_allowed_roles', { userAllowedRoles: ['basic'] }],
    ['role_mappings', { roleMappings: [{ role: 'crew', internalRole: 'team' }] }],
  ])('is not that of a user id or a default team while %s are checked', (_name, rbac) => {
    const checked = withMappings({ enforceRole: true, ...rbac });
    expect(map({ sub: 'u' }, all, checked).rbacRole).toBeNull();
    expect(map({ email: 'u@a.example' }, { userEmail: aClaim('email') }, checked)).toMatchObject({
      userId: 'u@a.example',
      rbacRole: null,
    });
    const teams = { ...base.teams, defaultTeamId: 'everyone' };
    expect(map({ sub: 'u' }, all, { ...checked, teams }).rbacRole).toBeNull();
    expect(map({ sub: 'u', team: 't' }, all, checked).rbacRole).toBe('team');
  });

  test('is that of a user id while no roles are configured', () => {
    expect(map({ sub: 'u' }, all, withMappings({ enforceRole: true })).rbacRole).toBe(
      'internal_user',
    );
  });

  test('is not administrative by a mapping of an issuer that may not assert administrators', () => {
    const settings = { ...MAPPINGS, adminIssuers: ['https://boss.example'] };
    expect(map({ roles: ['boss', 'crew'] }, ROLES, settings).rbacRole).toBe('team');
    expect(map({ roles: ['boss'] }, ROLES, settings).rbacRole).toBeNull();
  });

  test('is not that of a team which may not exist', () => {
    expect(map({ azp: 'app' }, { isTeamSoft: true, userId: null }).rbacRole).toBeNull();
  });
});

describe('the object id', () => {
  const fields = { ...ROLES, objectId: aClaim('oid'), userId: aClaim('sub') };

  test('is the team of a team, the user of a user, and nothing of an administrator', () => {
    const team = map({ roles: ['crew'], oid: 'x', sub: 'u' }, fields, MAPPINGS);
    expect(team.teams).toMatchObject({ teamId: 'x', source: 'object_id' });
    expect(team.userId).toBe('u');
    const user = map({ roles: ['staff'], oid: 'x', sub: 'u' }, fields, MAPPINGS);
    expect(user).toMatchObject({ userId: 'x', teams: { teamId: null } });
    const admin = map({ roles: ['boss'], oid: 'x', sub: 'u' }, fields, MAPPINGS);
    expect(admin).toMatchObject({ userId: 'u', teams: { teamId: null } });
  });

  test('with an invalid id is refused, and an absent one changes nothing', () => {
    const claims = { roles: ['staff'], sub: 'u' };
    expect(() => map({ ...claims, oid: { a: 1 } }, fields, MAPPINGS)).toThrow('not accepted');
    expect(map(claims, fields, MAPPINGS).userId).toBe('u');
  });
});

describe('the role for this request', () => {
  const roleMap = [
    { jwtRole: 'ops-*', role: 'proxy_admin' },
    { jwtRole: 'view?r', role: 'internal_user_viewer' },
    { jwtRole: '*', role: 'internal_user' },
  ] as const;
  const teams = { ...base.teams, syncUser: true, roleMap };

  test.each<[unknown, string | null]>([
    [['viewer', 'ops-eu'], 'proxy_admin'],
    [['viewer'], 'internal_user_viewer'],
    ['viewer', 'internal_user_viewer'],
    [['VIEWER'], 'internal_user'],
    [[], null],
    [undefined, null],
  ])('of %j is %p, by the order of the configuration', (roles, role) => {
    expect(map({ roles }, ROLES, { teams }).role).toBe(role);
  });

  test('is none while roles are not synchronised', () => {
    expect(map({ roles: ['ops-eu'] }, ROLES, { teams: { ...teams, syncUser: false } }).role).toBe(
      null,
    );
  });

  test('is administrative only from an issuer that may make administrators', () => {
    const settings = { teams, adminIssuers: [] };
    expect(map({ roles: ['ops-eu'] }, ROLES, settings).role).toBe('internal_user');
  });

  const userRole = {
    ...aClaim('role'),
    lower: true,
    map: { admin: 'proxy_admin', viewer: 'internal_user_viewer', team: 'team' },
  };

  test.each<[unknown, string]>([
    ['Admin', 'proxy_admin'],
    ['viewer', 'internal_user_viewer'],
    ['team', 'team'],
    ['stranger', 'internal_user'],
    [7, 'internal_user'],
    [['Admin'], 'proxy_admin'],
    [['viewer'], 'internal_user_viewer'],
    [[], 'internal_user'],
    [['offline_access', 'team'], 'team'],
    [undefined, 'internal_user'],
  ])('by the role table of the custom-JWT guide, of %j, is %s', (role, expected) => {
    expect(map({ role }, { userRole }).role).toBe(expected);
    const isAdministrative = expected === 'proxy_admin';
    const elsewhere = map({ role }, { userRole }, { adminIssuers: [] }).role;
    expect(elsewhere).toBe(isAdministrative ? 'internal_user' : expected);
  });
});
