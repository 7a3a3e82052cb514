import { jwtAuthText, refusalOf, IDENTITY_PROVIDER, withJwtAuth } from '#support/config-outcome';

const warnings = (lines: string, more = ''): string =>
  withJwtAuth(lines, more)
    .warnings.map(({ path, message }) => `${path} ${message}`)
    .join('\n');
const refusal = (lines: string, more = ''): string =>
  refusalOf(jwtAuthText(lines, more), IDENTITY_PROVIDER);

describe('role settings', () => {
  it('are read as they stand, defaults included', () => {
    const { rbac } = withJwtAuth(
      `enforce_rbac: true, user_roles_jwt_field: r, user_allowed_roles: [basic],
       roles_jwt_field: roles, role_mappings: [{ role: admins, internal_role: proxy_admin }]`,
      `enforce_rbac: true,
       role_permissions: [{ role: team, models: [], routes: [LiteLLMRoutes.openai_routes] }, { role: internal_user }],`,
    ).jwt;
    expect(rbac).toEqual({
      enforceRole: true,
      enforceIdentity: true,
      userAllowedRoles: ['basic'],
      roleMappings: [{ role: 'admins', internalRole: 'proxy_admin' }],
      rolePermissions: [
        { role: 'team', models: [], routes: ['openai_routes'] },
        { role: 'internal_user', models: null, routes: null },
      ],
    });
  });

  it.each([
    ['user_roles_jwt_field: r', '', 'user_roles_jwt_field stands without user_allowed_roles'],
    ['user_allowed_roles: [a]', '', 'user_allowed_roles stands without user_roles_jwt_field'],
    ['user_allowed_roles: []', '', 'user_allowed_roles is empty'],
    ['object_id_jwt_field: oid', '', 'object_id_jwt_field stands without role_mappings'],
    ['role_mappings: [{ role: a }]', '', 'role_mappings[0].internal_role is missing'],
    ['role_mappings: [{ internal_role: team }]', '', 'role_mappings[0].role is missing'],
    ['role_mappings: [{ role: a, internal_role: customer }]', '', '[0].internal_role is none'],
    ['role_mappings: [{ role: a, internal_role: team, x: y }]', '', '[0].x is not a key'],
    ['role_mappings: { a: b }', '', 'role_mappings must be a list'],
    ['', 'role_permissions: [{ models: [a] }],', 'role_permissions[0].role is missing'],
    ['', 'role_permissions: [{ role: admin }],', 'role_permissions[0].role is none'],
    ['', 'role_permissions: [{ role: team, routes: [nope] }],', '[0].routes[0] is neither'],
    ['', 'role_permissions: [{ role: team, model: a }],', 'Did you mean "models"?'],
  ])('are refused where LiteLLM refuses them: %s %s', (lines, more, message) => {
    expect(refusal(lines, more)).toContain(message);
  });

  it.each([
    [
      'user_roles_jwt_field: r, user_allowed_roles: [a]',
      '',
      'user_allowed_roles restricts no caller, because enforce_rbac',
    ],
    [
      'enforce_rbac: true, role_mappings: [{ role: a, internal_role: team }]',
      '',
      'role_mappings maps no role, because roles_jwt_field',
    ],
    [
      'roles_jwt_field: r, role_mappings: [{ role: a, internal_role: team }]',
      '',
      'role_mappings has no effect, because enforce_rbac',
    ],
    ['', 'role_permissions: [{ role: team }],', 'role_permissions restricts no caller'],
    [
      'enforce_rbac: true',
      'role_permissions: [{ role: team }, { role: team, models: [] }],',
      'of which the first alone counts',
    ],
  ])('are warned about where they restrict no caller: %s %s', (lines, more, message) => {
    expect(warnings(lines, more)).toContain(message);
  });

  it('are not warned about where they belong together', () => {
    expect(
      warnings(
        'enforce_rbac: true, user_roles_jwt_field: r, user_allowed_roles: a',
        'role_permissions: [{ role: internal_user, models: [m] }],',
      ),
    ).toBe('');
    expect(
      warnings(
        'roles_jwt_field: r, object_id_jwt_field: oid, role_mappings: [{ role: a, internal_role: team }]',
      ),
    ).toBe('');
  });
});

describe('scope settings', () => {
  const MAPPINGS =
    'scope_mappings: [{ scope: a, models: ["gpt-*"] }, { scope: b, routes: [/x/*] }]';

  it('hold while they are enforced', () => {
    expect(withJwtAuth(`enforce_scope_based_access: true, ${MAPPINGS}`).jwt.scopeMappings).toEqual([
      { scope: 'a', models: ['gpt-*'], routes: null },
      { scope: 'b', models: null, routes: ['/x/*'] },
    ]);
    expect(withJwtAuth('').jwt.scopeMappings).toBeNull();
  });

  it('refuse mappings that are not enforced, and entries without a scope', () => {
    expect(refusal(MAPPINGS)).toContain('scope_mappings stands without enforce_scope_based_access');
    expect(
      refusal('enforce_scope_based_access: true, scope_mappings: [{ models: [a] }]'),
    ).toContain('scope_mappings[0].scope is missing');
  });

  it('warn where nothing is mapped, or a mapping opens nothing', () => {
    expect(warnings('enforce_scope_based_access: true')).toContain('restricts no caller');
    expect(withJwtAuth('enforce_scope_based_access: true').jwt.scopeMappings).toBeNull();
    expect(warnings('enforce_scope_based_access: true, scope_mappings: [{ scope: a }]')).toContain(
      'opens nothing',
    );
  });
});
