import { settingsFromYaml } from '#libs/config';
import {
  IDENTITY_PROVIDER,
  jwtAuthText,
  refusalOf,
  warningsOf,
  withJwtAuth,
} from '#support/config-outcome';

const warnings = (lines: string): string =>
  withJwtAuth(lines)
    .warnings.map(({ path, message }) => `${path} ${message}`)
    .join('\n');

describe('team, user and key settings', () => {
  it('are read as they stand', () => {
    const { jwt } = withJwtAuth(
      `user_id_jwt_field: sub, team_ids_jwt_field: [groups, roles], team_alias_jwt_field: t,
       team_id_default: everybody, team_id_jwt_field: team, team_id_upsert: true, org_alias_jwt_field: o,
       enforce_team_based_model_access: true, team_claim_fallback: true, fallback_to_db_teams: true,
       sync_user_role_and_teams: true, roles_jwt_field: roles, agent_id_jwt_field: agent,
       jwt_litellm_role_map: [{ jwt_role: "ADMIN-*", litellm_role: proxy_admin_viewer }],
       jwt_client_id_field: azp, unregistered_jwt_client_behavior: auto_register,
       custom_validate: ./evaluate.mjs#mayEnter, user_id_upsert: true`,
    );
    expect(jwt.teams).toMatchObject({
      defaultTeamId: 'everybody',
      teamIdUpsert: true,
      isTeamRequiredForModels: true,
      claimFallback: true,
      databaseFallback: true,
      syncUser: true,
      roleMap: [{ jwtRole: 'ADMIN-*', role: 'proxy_admin_viewer' }],
    });
    expect(jwt.claims).toMatchObject({
      teamIds: { paths: ['groups', 'roles'] },
      teamAlias: { paths: ['t'] },
      orgAlias: { paths: ['o'] },
      roles: { paths: ['roles'] },
      agentId: { paths: ['agent'] },
      virtualKey: { paths: ['azp'] },
      isTeamOptional: false,
    });
    expect(jwt.keyMapping.whenUnregistered).toBe('auto_register');
    expect(jwt.customValidate).toEqual({
      file: expect.stringMatching(/^\/.*\/evaluate\.mjs$/) as string,
      exportName: 'mayEnter',
    });
  });

  it('may stand without effect where LiteLLM does not consult them either', () => {
    expect(
      warnings(
        'upsert_sso_user_to_team: true, public_allowed_routes: [x], virtual_key_mapping_cache_ttl: 3',
      ),
    ).toBe('');
  });

  it('prefer the newer name of the claim for keys', () => {
    const lines = 'virtual_key_claim_field: a, jwt_client_id_field: b';
    expect(withJwtAuth(lines).jwt.claims.virtualKey?.paths).toEqual(['a']);
    expect(warnings(lines)).toContain('jwt_client_id_field has no effect beside');
  });

  it.each([
    ['jwt_litellm_role_map: [{ jwt_role: a, litellm_role: boss }]', '[0].litellm_role is none'],
    ['jwt_litellm_role_map: [{ jwt_role: a }]', '[0].litellm_role is missing'],
    ['unregistered_jwt_client_behavior: refuse', 'unregistered_jwt_client_behavior is none'],
    ['custom_validate: my_module.validate', 'custom_validate names no export of an ES module'],
    ['custom_validate: ./a.mjs', 'Write ./file.mjs#exportName'],
    ['team_id_default: " x"', 'team_id_default has'],
  ])('are refused where they are wrong: %s', (lines, message) => {
    expect(refusalOf(jwtAuthText(lines), IDENTITY_PROVIDER)).toContain(message);
  });

  it.each([
    ['team_claim_fallback: true', 'team_claim_fallback finds no user'],
    ['fallback_to_db_teams: true', 'fallback_to_db_teams finds no user'],
    ['sync_user_role_and_teams: true', 'sync_user_role_and_teams changes no user'],
    ['sync_user_role_and_teams: true, user_id_jwt_field: sub', 'changes nothing'],
    [
      'jwt_litellm_role_map: [{ jwt_role: a, litellm_role: team }], roles_jwt_field: r',
      'jwt_litellm_role_map has no effect',
    ],
    [
      'sync_user_role_and_teams: true, user_id_jwt_field: sub, jwt_litellm_role_map: [{ jwt_role: a, litellm_role: team }]',
      'jwt_litellm_role_map maps no role',
    ],
    ['unregistered_jwt_client_behavior: reject', 'has no effect, because virtual_key_claim_field'],
    ['user_id_upsert: true', 'user_id_upsert creates no user'],
    ['team_id_upsert: true', 'team_id_upsert creates no team'],
  ])('are warned about where they do nothing: %s', (lines, message) => {
    expect(warnings(lines)).toContain(message);
  });

  const OBJECT = 'user_id_upsert: true, team_id_upsert: true, object_id_jwt_field: oid';
  const mapped = (role: string) =>
    `${OBJECT}, roles_jwt_field: r, role_mappings: [{ role: a, internal_role: ${role} }]`;

  it.each([
    ['an object id of either', `${mapped('team')}, team_id_jwt_field: t, user_id_jwt_field: u`, []],
    ['an object id of a user', mapped('internal_user'), ['team_id_upsert']],
    ['an object id of a team', mapped('team'), ['user_id_upsert']],
    ['an object id of neither', mapped('proxy_admin'), ['user_id_upsert', 'team_id_upsert']],
    [
      'an object id of a user, by user_allowed_roles',
      `${mapped('team')}, user_roles_jwt_field: d, user_allowed_roles: [w], enforce_rbac: true`,
      [],
    ],
    ['a default team', 'team_id_upsert: true, team_id_default: everybody', []],
    ['a list', 'team_id_upsert: true, team_ids_jwt_field: groups', []],
    [
      'an alias, whose team must exist',
      'team_id_upsert: true, team_alias_jwt_field: name',
      ['team_id_upsert'],
    ],
  ])('create what %s names', (_what, lines, ineffective) => {
    const said = warnings(lines);
    const found = ['user_id_upsert', 'team_id_upsert'].filter((name) =>
      said.includes(`${name} creates no`),
    );
    expect(found).toEqual(ineffective);
  });
});

describe('gatehouse.admin_issuers', () => {
  const SECOND = 'issuers: [{ issuer: https://b.example, audience: gatehouse }]';
  const said = (lines: string, adminIssuers: string): string =>
    warningsOf(
      `${jwtAuthText(lines)}\ngatehouse: { admin_issuers: ${adminIssuers} }`,
      IDENTITY_PROVIDER,
    ).join('\n');

  it('is asked for where several issuers could make administrators', () => {
    expect(said(SECOND, 'null')).toContain('each of the 2 issuers can make administrators');
    expect(said('', 'null')).toBe('');
    expect(said(SECOND, '[https://idp.example]')).toBe('');
    expect(said(SECOND, '[]')).toContain('names none of the trusted issuers');
  });

  it('is warned about where it names strangers', () => {
    expect(said(SECOND, '[https://idp.example/]')).toContain('no token makes an administrator');
    expect(said(SECOND, '[https://b.example, https://c.example]')).toContain(
      'names an issuer that is not trusted',
    );
  });
});

describe('issuers while tokens are refused', () => {
  it('are warned about', () => {
    expect(warningsOf('', IDENTITY_PROVIDER).join('\n')).toContain(
      'JWT_PUBLIC_KEY_URL is set, but general_settings.enable_jwt_auth is not true',
    );
  });
});

describe('gatehouse.jwt.link_by_verified_email', () => {
  const linking = (value: string, lines = 'user_email_jwt_field: email') => {
    const text = `${jwtAuthText(lines)}\ngatehouse: { jwt: { link_by_verified_email: ${value} } }`;
    const { jwt, warnings: found } = settingsFromYaml(text, IDENTITY_PROVIDER);
    return [jwt.linkByEmail, found.map(({ path, message }) => `${path} ${message}`).join('\n')];
  };

  it('is of no issuer unless it says so, of every one, or of some', () => {
    expect(withJwtAuth('').jwt.linkByEmail).toBeNull();
    expect(linking('false')).toEqual([null, '']);
    expect(linking('true')).toEqual(['all', '']);
    expect(linking('[https://idp.example]')).toEqual([['https://idp.example'], '']);
    expect(linking('[]')).toEqual([[], '']);
  });

  it('warns where it links no account', () => {
    expect(linking('true', '')[1]).toMatch(
      /^gatehouse.jwt.link_by_verified_email links no account, because user_email_jwt_field/,
    );
    expect(linking('[https://idp.example/]')[1]).toMatch(/names an issuer that is not trusted/);
  });
});

describe('gatehouse.jwt.trusted_email_issuers', () => {
  const trusting = (value: string, lines = 'user_email_jwt_field: email') => {
    const text = `${jwtAuthText(lines)}\ngatehouse: { jwt: { trusted_email_issuers: ${value} } }`;
    const { jwt, warnings: found } = settingsFromYaml(text, IDENTITY_PROVIDER);
    const words = found.map(({ path, message }) => `${path} ${message}`).join('\n');
    return [jwt.trustedEmailIssuers, words];
  };

  it('names no issuer unless the file does', () => {
    expect(withJwtAuth('').jwt.trustedEmailIssuers).toEqual([]);
    expect(trusting('[]')).toEqual([[], '']);
    expect(trusting('[https://idp.example]')).toEqual([['https://idp.example'], '']);
  });

  it('warns where it has no effect', () => {
    expect(trusting('[https://idp.example]', '')[1]).toMatch(
      /^gatehouse.jwt.trusted_email_issuers has no effect, because user_email_jwt_field/,
    );
    expect(trusting('[https://idp.example/]')[1]).toMatch(/names an issuer that is not trusted/);
  });
});
