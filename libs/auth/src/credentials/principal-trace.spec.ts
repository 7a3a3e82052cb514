import { DecisionTrace } from '#libs/access';
import { aClaim, claimFields, jwtSettings } from '#support/jwt-settings';
import { mapClaims } from '../claims/claims-mapping.js';
import { tracePrincipal } from './principal-trace.js';

const fields = claimFields({
  userId: aClaim('sub'),
  teamId: aClaim('team'),
  roles: aClaim('roles'),
  userRoles: aClaim('duties'),
  objectId: aClaim('oid'),
});
const base = jwtSettings();
const settings = jwtSettings({
  rbac: {
    ...base.rbac,
    roleMappings: [
      { role: 'crew', internalRole: 'team' },
      { role: 'captain', internalRole: 'proxy_admin' },
    ],
    userAllowedRoles: ['writer'],
  },
});

function stepsOf(claims: Record<string, unknown>) {
  const trace = new DecisionTrace('dec_test');
  const proof = { kind: 'jwt', fields, configPath: 'JWT_PUBLIC_KEY_URL', entry: null } as const;
  tracePrincipal(mapClaims({ ...proof, claims }, settings), proof, settings, trace);
  return trace.steps;
}

function roleStep(claims: Record<string, unknown>) {
  const step = stepsOf(claims).find(({ detail }) => detail.includes('counts as'));
  return [step?.detail.split('counts as ').at(-1), step?.config_key?.split('.').at(-1)];
}

describe('the step that tells the role of a token', () => {
  it.each([
    [{ scope: 'litellm_proxy_admin', roles: ['crew'] }, ['proxy_admin', 'admin_jwt_scope']],
    [{ roles: ['crew'], duties: ['writer'] }, ['team', 'role_mappings']],
    [{ duties: ['writer'], team: 'research' }, ['internal_user', 'user_allowed_roles']],
    [{ team: 'research', sub: 'alice' }, ['team', 'team_id_jwt_field']],
    [{ sub: 'alice', roles: ['guest'] }, ['internal_user', 'user_id_jwt_field']],
    [{ roles: ['guest'] }, ['no role', 'role_mappings']],
  ])('names the setting that gave it: %j', (claims, expected) => {
    expect(roleStep(claims)).toEqual(expected);
  });

  it('does not suggest that role_mappings make administrators', () => {
    const claims = { roles: ['captain'] };
    expect(roleStep(claims)).toEqual([
      'proxy_admin, which alone makes no administrator',
      'role_mappings',
    ]);
    expect(stepsOf(claims).map(({ detail }) => detail)).toContainEqual(
      expect.stringMatching(/^not an administrator: /),
    );
  });
});
