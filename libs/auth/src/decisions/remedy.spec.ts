import { requestedRoute } from '#libs/access';
import { ERROR_CODES, GatehouseError, isGatehouseError, type ErrorCode } from '#libs/common';
import { aPrincipal } from '#support/access-builders';
import { aClaim, anIssuer, jwtSettings } from '#support/jwt-settings';
import { readIdentity } from '../claims/single-claim.js';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import { checkAccessToken } from '../jwt/registered-claims.js';
import { remedyOf, type RefusedCall } from './remedy.js';

function aRefusal(
  code: ErrorCode,
  configKey: string | null = null,
  overrides: Partial<RefusedCall> = {},
): RefusedCall {
  return {
    error: new GatehouseError(code),
    step: { guard: 'tenancy', outcome: 'refused', detail: code, config_key: configKey },
    principal: aPrincipal(),
    teamCandidates: [],
    route: requestedRoute('POST', '/v1/chat/completions'),
    requiredRole: null,
    obstacle: null,
    mayReach: true,
    model: 'gpt-4o',
    ...overrides,
  };
}

function thrownBy(check: () => unknown): GatehouseError {
  try {
    check();
  } catch (error) {
    if (isGatehouseError(error)) return error;
  }
  throw new Error('the check threw no GatehouseError');
}

const denied = (type: string): Partial<RefusedCall> => ({
  error: new GatehouseError('model_not_allowed', { type }),
});

describe('remedyOf', () => {
  const remedies: [string, RefusedCall, string | null][] = [
    [
      'a route outside a list',
      aRefusal('route_not_allowed', 'general_settings.litellm_jwtauth.team_allowed_routes'),
      'add `/chat/completions` to `general_settings.litellm_jwtauth.team_allowed_routes`',
    ],
    [
      'a route of administrators alone',
      aRefusal('route_not_allowed', 'general_settings.admin_only_routes'),
      'take `/chat/completions` out of `general_settings.admin_only_routes`, or call it as administrator',
    ],
    [
      'a route of no list',
      aRefusal('route_not_allowed'),
      "call `/chat/completions` with an administrator's credential",
    ],
    [
      'a route whose handler demands a role',
      aRefusal('route_not_allowed', 'general_settings.litellm_jwtauth.team_allowed_routes', {
        route: requestedRoute('POST', '/team/new'),
        requiredRole: 'proxy_admin',
      }),
      "call `/team/new` with an administrator's credential",
    ],
    [
      'a model that the team lacks',
      aRefusal('model_not_allowed', null, denied('team_model_access_denied')),
      'add `gpt-4o` to the models of team research (`POST /team/update`)',
    ],
    [
      'a model that the user lacks',
      aRefusal('model_not_allowed', null, denied('user_model_access_denied')),
      'add `gpt-4o` to the models of user alice (`POST /user/update`)',
    ],
    [
      'a model that the role lacks',
      aRefusal('model_not_allowed', 'general_settings.role_permissions'),
      'add `gpt-4o` to `general_settings.role_permissions`',
    ],
    [
      'a list of too many teams',
      aRefusal('groups_unresolved', 'general_settings.litellm_jwtauth.team_ids_jwt_field'),
      'let `regex` or `map` of `general_settings.litellm_jwtauth.team_ids_jwt_field` leave out the groups that are not teams',
    ],
    [
      'a missing scope',
      aRefusal('scope_insufficient', null, {
        error: new GatehouseError('scope_insufficient', { scopes: ['a', 'b'] }),
      }),
      'grant the token the scope `a` or `b`',
    ],
    [
      'a blocked team',
      aRefusal('team_blocked', null, {
        teamCandidates: [{ team_id: 'chosen-one', chosen: false, reason: 'blocked' }],
      }),
      'unblock team chosen-one (`POST /team/unblock`)',
    ],
    ['an unknown user', aRefusal('user_unknown'), 'create user alice (`POST /user/new`)'],
    [
      'a token without a subject',
      aRefusal('token_invalid', 'gatehouse.jwt.require_sub', {
        error: thrownBy(() => {
          checkAccessToken({ type: null, claims: {} }, anIssuer(), jwtSettings(), Date.now());
        }),
      }),
      'have the provider put `sub` into the token: Keycloak leaves it out of lightweight access tokens, so switch them off for the client, or introspect them (`routing_overrides` with `path: oauth2`)',
    ],
    [
      'a user id that is none',
      aRefusal('token_invalid', 'general_settings.litellm_jwtauth.user_id_jwt_field', {
        error: thrownBy(() => readIdentity({ sub: {} }, aClaim('sub'), CONFIG_KEYS.userId)),
      }),
      'have the provider put a string of 1 to 255 bytes into the claim of `general_settings.litellm_jwtauth.user_id_jwt_field`',
    ],
    [
      'an account of another identity',
      aRefusal('identity_conflict'),
      'link user alice to the identity of this token (`POST /user/update` with `bound_issuer` and `bound_subject`), if both are the same person',
    ],
    [
      'a model that only the organisation of the team lacks',
      aRefusal('model_not_allowed', null, {
        ...denied('org_model_access_denied'),
        obstacle: 'acme',
      }),
      'add `gpt-4o` to the models of organisation acme (`PATCH /organization/update`)',
    ],
    [
      'an alias that is not that of one team',
      aRefusal('team_unknown', 'general_settings.litellm_jwtauth.team_alias_jwt_field', {
        obstacle: 'D',
      }),
      'let exactly one team have the alias D (`team_alias` of `POST /team/new` or `/team/update`)',
    ],
    [
      'no team where models need one',
      aRefusal('team_required', 'general_settings.litellm_jwtauth.enforce_team_based_model_access'),
      'name a team in the token, in the claim of `general_settings.litellm_jwtauth.team_id_jwt_field` or `general_settings.litellm_jwtauth.team_ids_jwt_field`',
    ],
    [
      'a route that the role lacks and its bearer too',
      aRefusal('route_not_allowed', 'general_settings.role_permissions', { mayReach: false }),
      'add `/chat/completions` to `general_settings.role_permissions`, and make the caller an administrator',
    ],
    [
      'a blocked team that the header names',
      aRefusal('team_blocked', null, { obstacle: 'of-the-header' }),
      'unblock team of-the-header (`POST /team/unblock`)',
    ],
    ['a forged token', aRefusal('token_invalid'), null],
    ['something that is down', aRefusal('database_unavailable'), null],
  ];

  it.each(remedies)('says the smallest change for %s', (_name, call, remedy) => {
    expect(remedyOf(call)).toBe(remedy);
  });

  it.each(Object.keys(ERROR_CODES) as ErrorCode[])(
    'says something true or nothing for %s, also where hardly anything is known',
    (code) => {
      const unknown = { principal: null, step: null, route: null, model: null };
      const remedy = remedyOf(aRefusal(code, null, unknown));
      expect(remedy ?? '').not.toMatch(/undefined|null/);
    },
  );
});
