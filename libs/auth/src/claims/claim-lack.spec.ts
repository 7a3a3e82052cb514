import { NO_TEAMS, type TeamClaims } from '#libs/access';
import type { RbacSettings } from '#libs/config';
import { aClaim, claimFields } from '#support/jwt-settings';
import { claimKeysOf } from './claim-keys.js';
import { roleLack, teamLack, userLack } from './claim-lack.js';

const KEYS = claimKeysOf(null);
const LITELLM = 'general_settings.litellm_jwtauth';
const ALLOWED: RbacSettings = {
  enforceRole: true,
  enforceIdentity: false,
  userAllowedRoles: ['llm-user'],
  roleMappings: [],
  rolePermissions: [],
};
const MAPPED: RbacSettings = {
  ...ALLOWED,
  userAllowedRoles: null,
  roleMappings: [{ role: 'llm-user', internalRole: 'internal_user' }],
};
const NESTED = claimFields({ userRoles: aClaim('realm_access.roles') });

describe('the explanation of a missing role', () => {
  it.each<[string, Record<string, unknown>, string, RegExp]>([
    [
      'is absent',
      {},
      'is absent',
      /put the roles of the caller into the claim `realm_access.roles`/,
    ],
    ['is absent, its parent of another shape', { realm_access: 'x' }, 'is absent', /put the roles/],
    ['is null', { realm_access: { roles: null } }, 'is empty', /put the roles/],
    ['is an empty list', { realm_access: { roles: [] } }, 'is empty', /put the roles/],
    [
      'is an object',
      { realm_access: { roles: { a: 1 } } },
      'is neither a string nor a list of strings',
      /as a list of strings/,
    ],
    [
      'is a list with a number',
      { realm_access: { roles: ['llm-user', 7] } },
      'is neither a string nor a list of strings',
      /as a list/,
    ],
    [
      'holds others',
      { realm_access: { roles: ['secret-role'] } },
      'holds roles, of which none counts',
      /give the caller a role of `.*user_allowed_roles`/,
    ],
  ])('names the claim that %s', (_what, claims, found, remedy) => {
    const lack = roleLack({ sub: 'alice', ...claims }, NESTED, ALLOWED, KEYS);
    expect(lack.detail).toBe(`the claim \`realm_access.roles\` ${found}`);
    expect(lack.remedy).toMatch(remedy);
    expect(JSON.stringify(lack)).not.toMatch(/secret-role|alice/);
  });

  it.each([
    ['roles', { roles: ['x'] }],
    ['groups', { groups: ['x'] }],
  ])('says that there is a claim `%s` in place of the configured one', (name, claims) => {
    const lack = roleLack(claims, NESTED, ALLOWED, KEYS);
    expect(lack.detail).toBe(
      `the claim \`realm_access.roles\` is absent, but there is a claim \`${name}\``,
    );
    expect(lack.remedy).toContain(`set \`${LITELLM}.user_roles_jwt_field\` to \`${name}\``);
  });

  it('speaks of both claims where both lists are configured', () => {
    const fields = claimFields({ userRoles: aClaim('roles'), roles: aClaim('a.b', 'duties') });
    const both = { ...MAPPED, userAllowedRoles: ['llm-user'] };
    expect(roleLack({ duties: ['x'] }, fields, both, KEYS).detail).toBe(
      'the claim `roles` is absent and the claim `duties` holds roles, of which none counts',
    );
  });

  it.each<[string, RbacSettings, string, string]>([
    ['user_allowed_roles', ALLOWED, 'no claim is configured', 'user_roles_jwt_field'],
    ['role_mappings', MAPPED, 'no claim is configured', 'roles_jwt_field'],
    ['neither', { ...ALLOWED, userAllowedRoles: null }, 'no roles are configured', 'role_mappings'],
  ])('says which setting is missing with %s', (_what, rbac, detail, setting) => {
    const lack = roleLack({ roles: ['x'] }, claimFields(), rbac, KEYS);
    expect(lack.detail).toContain(detail);
    expect(lack.remedy).toContain(setting);
  });
});

describe('the explanation of a missing team', () => {
  const required: TeamClaims = { ...NO_TEAMS, isRequired: true };

  it.each<[string, Record<string, unknown>, string, string]>([
    ['client_id', { azp: 'portal' }, 'azp', 'team_id_jwt_field'],
    ['team', { client_id: 'portal' }, 'client_id', 'team_id_jwt_field'],
    ['team', { client_id: 'portal', azp: 'portal' }, 'client_id', 'team_id_jwt_field'],
    ['team', { groups: ['portal'] }, 'groups', 'team_ids_jwt_field'],
  ])('where %s is configured and absent names %j', (path, claims, other, setting) => {
    const lack = teamLack(claims, claimFields({ teamId: aClaim(path) }), required, KEYS);
    expect(lack?.detail).toBe(`the claim \`${path}\` is absent, but there is a claim \`${other}\``);
    expect(lack?.remedy).toContain(`set \`${LITELLM}.${setting}\` to \`${other}\``);
    expect(JSON.stringify(lack)).not.toContain('portal');
  });

  it.each<[unknown, string]>([
    [undefined, 'is absent'],
    [null, 'is empty'],
    ['', 'is empty'],
    [[], 'is empty'],
    [7, 'holds no id of a team'],
    [{ id: 'x' }, 'holds no id of a team'],
  ])('%j at the configured claim: it %s', (team, found) => {
    const claims = team === undefined ? {} : { team };
    const lack = teamLack(claims, claimFields({ teamId: aClaim('team') }), required, KEYS);
    expect(lack?.detail).toBe(`the claim \`team\` ${found}`);
    expect(lack?.remedy).toBe(
      'have the provider put the team into the claim `team` of the access token',
    );
  });

  it('speaks of every configured claim, and of none where none is', () => {
    const fields = claimFields({ teamAlias: aClaim('name'), teamIds: aClaim('groups') });
    expect(teamLack({ groups: [] }, fields, { ...required, listed: [] }, KEYS)?.detail).toBe(
      'the claim `name` is absent and the claim `groups` is empty',
    );
    const soft = claimFields({ isTeamSoft: true });
    expect(teamLack({ azp: 'portal' }, soft, NO_TEAMS, KEYS)?.detail).toBe(
      'no claim of a team is configured',
    );
    expect(teamLack({ groups: ['portal'] }, soft, NO_TEAMS, KEYS)?.remedy).toContain(
      'team_ids_jwt_field',
    );
  });

  it.each<[string, Partial<TeamClaims>]>([
    ['an id', { teamId: 'research', source: 'claim' }],
    ['an alias', { alias: 'Research' }],
    ['a list', { listed: ['research'] }],
  ])('is not given where the token names %s', (_what, teams) => {
    expect(teamLack({}, claimFields(), { ...required, ...teams }, KEYS)).toBeNull();
  });
});

describe('the explanation of a missing user', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['is absent', {}, 'the claim `preferred_username` is absent'],
    ['is null', { preferred_username: null }, 'the claim `preferred_username` is empty'],
    ['is an empty string', { preferred_username: '' }, 'the claim `preferred_username` is empty'],
  ])('names the claim that %s', (_what, claims, detail) => {
    const fields = claimFields({ userId: aClaim('preferred_username') });
    expect(userLack({ sub: 'alice', ...claims }, fields, KEYS.userId).detail).toBe(detail);
  });

  it('names the claim of the address where the address is the id, and the setting where there is neither', () => {
    const byAddress = claimFields({ userId: null, userEmail: aClaim('mail') });
    expect(userLack({}, byAddress, KEYS.userId).remedy).toContain('the claim `mail`');
    const none = claimFields({ userId: null, userEmail: null });
    expect(userLack({}, none, KEYS.userId).remedy).toBe(
      `name the claim of the user in \`${LITELLM}.user_id_jwt_field\``,
    );
  });
});

describe('the settings that an explanation names', () => {
  const team = (configPath: string, isGlobal = false): string | undefined =>
    teamLack(
      { azp: 'portal' },
      claimFields({ teamId: aClaim('client_id') }),
      { ...NO_TEAMS, isRequired: true },
      claimKeysOf({ configPath, isGlobal }),
    )?.remedy;

  it.each<[string, boolean, string]>([
    ['JWT_PUBLIC_KEY_URL', true, `${LITELLM}.team_id_jwt_field`],
    [`${LITELLM}.issuers[0]`, false, `${LITELLM}.issuers[0].team_id_jwt_field`],
    ['gatehouse.issuers[1]', false, 'gatehouse.issuers[1].claims.team_id'],
  ])('of an issuer at %s are its own', (configPath, isGlobal, setting) => {
    expect(team(configPath, isGlobal)).toContain(`set \`${setting}\` to \`azp\``);
  });
});
