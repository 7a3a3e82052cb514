import {
  mayUseRoute,
  type AccessContext,
  type ClaimLack,
  type Principal,
  type RbacRole,
  type RequestedRoute,
  isAdministrativeRole,
  type Role,
  type CredentialKind,
  isModelRoute,
  ROUTE_GROUPS,
} from '#libs/access';
import type { RbacSettings, RolePermission, AccessSettings } from '#libs/config';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import { shownRoute, type Refusal } from '../failures/refusal.js';

/**
 * Evaluates the role of a token (`litellm_jwtauth.enforce_rbac`): there must be one, and where `role_permissions` list
 * routes for it, the route must be among them. Administrators are subject to the entry of `proxy_admin` too. The
 * master key and virtual keys carry no role and are not evaluated.
 * @param rbac whether roles are enforced, and what they may do
 * @returns `null` when the role suffices
 */
export function evaluateRole(
  principal: Principal,
  rbac: RbacSettings,
  route: RequestedRoute,
): Refusal | null {
  if (!isRoleEnforced(principal, rbac)) return null;
  if (principal.rbacRole === null) {
    const { roleLack } = principal;
    const detail = 'the token gives its bearer no role';
    return {
      code: 'role_missing',
      detail: roleLack === undefined ? detail : `${detail}: ${roleLack.detail}`,
      isLogged: true,
      configKey: CONFIG_KEYS.enforceRole,
      ...remedyOf(roleLack),
    };
  }
  const routes = routesOfRole(principal, rbac);
  if (routes === null || mayUseRoute(routes, route)) return null;
  return {
    code: 'route_not_allowed',
    detail: `${shownRoute(route)} is not one of the routes of the role ${principal.rbacRole}`,
    configKey: CONFIG_KEYS.rolePermissions,
  };
}

/**
 * The routes that the role of a token may use; `null` does not restrict, an empty list allows none.
 * @param rbac whether roles are enforced, and what they may do
 */
export function routesOfRole(
  principal: Pick<Principal, 'kind' | 'key' | 'rbacRole'>,
  rbac: RbacSettings,
): readonly string[] | null {
  if (!isRoleEnforced(principal, rbac) || principal.rbacRole === null) return null;
  return permissionOf(principal.rbacRole, rbac)?.routes ?? null;
}

/**
 * The models that the role of a token may use; `null` does not restrict, an empty list allows none.
 * @param rbac whether roles are enforced, and what they may do
 */
export function modelsOfRole(
  principal: Pick<Principal, 'kind' | 'key' | 'rbacRole'>,
  rbac: RbacSettings,
): readonly string[] | null {
  if (!isRoleEnforced(principal, rbac) || principal.rbacRole === null) return null;
  return permissionOf(principal.rbacRole, rbac)?.models ?? null;
}

/**
 * Tells whether the role of a caller is evaluated.
 * @param rbac whether roles are enforced
 */
export function isRoleEnforced(
  principal: Pick<Principal, 'kind' | 'key'>,
  rbac: Pick<RbacSettings, 'enforceRole'>,
): boolean {
  return rbac.enforceRole && isTokenCaller(principal);
}

/**
 * Evaluates whether a token leads to a user or a team (`general_settings.enforce_rbac`). Called once
 * both are resolved.
 * @param rbac whether a user or a team is required
 * @returns `null` when there is one, or none is required
 */
export function evaluateIdentity(
  principal: Principal,
  ids: { readonly userId: string | null; readonly teamId: string | null },
  rbac: Pick<RbacSettings, 'enforceIdentity'>,
): Refusal | null {
  if (!rbac.enforceIdentity || principal.isAdmin || !isTokenCaller(principal)) return null;
  if (ids.userId !== null || ids.teamId !== null) return null;
  const { userLack, teamLack } = principal;
  const lacks = [userLack, teamLack].filter((lack) => lack !== undefined);
  const found = lacks.map(({ detail }) => detail).join(' and ');
  const detail = 'the token leads to no user and no team';
  return {
    code: 'role_missing',
    detail: found === '' ? detail : `${detail}: ${found}`,
    isLogged: true,
    configKey: CONFIG_KEYS.enforceIdentity,
    ...remedyOf(userLack),
  };
}

function remedyOf(lack: ClaimLack | undefined): Pick<Refusal, 'remedy'> {
  return lack === undefined ? {} : { remedy: lack.remedy };
}

/** The first entry of a role counts, as in LiteLLM. */
function permissionOf(role: RbacRole, rbac: RbacSettings): RolePermission | null {
  return rbac.rolePermissions.find((permission) => permission.role === role) ?? null;
}

/**
 * Returns the effective role of a role from a token or a row: an administrative role is
 * `internal_user` where the issuer may not assert administrators (`gatehouse.admin_issuers`), every
 * other role is unchanged.
 * @param role the role, `null` for none
 * @param mayAdminister whether an administrative role counts
 */
export function countedRole(role: Role | null, mayAdminister: boolean): Role | null {
  return isAdministrativeRole(role) && !mayAdminister ? 'internal_user' : role;
}

const TOKEN_KINDS: ReadonlySet<CredentialKind> = new Set(['jwt', 'userinfo', 'introspection']);

/**
 * Tells whether the rules about email addresses, roles and scopes apply to a caller: it is a token
 * caller whose token does not run as a virtual key. The master key, virtual keys and anonymous callers
 * are exempt (docs/reference/routes.md).
 */
export function isTokenCaller({ kind, key }: Pick<Principal, 'kind' | 'key'>): boolean {
  return TOKEN_KINDS.has(kind) && key === null;
}

/**
 * Evaluates whether a call names its end user where `enforce_user_param` requires one: `POST` on routes
 * that call models, except those of MCP (docs/reference/routes.md). The token, a header or the member
 * `user` may name it.
 * @param endUserId the end user of the call
 * @returns `null` when it names one, or none is required
 */
export function evaluateUserParam(
  settings: Pick<AccessSettings, 'requireUserParam'>,
  route: RequestedRoute,
  endUserId: string | null,
): Refusal | null {
  if (!settings.requireUserParam || endUserId !== null) return null;
  if (route.method !== 'POST' || !isModelRoute(route)) return null;
  if (mayUseRoute(ROUTE_GROUPS.mcp_routes, route)) return null;
  return {
    code: 'request_invalid',
    detail: 'the call names no end user',
    isLogged: true,
    configKey: CONFIG_KEYS.userParam,
    response: { param: 'user', message: 'The member "user" is required: it names the end user.' },
  };
}

/**
 * Evaluates whether a call states no tags besides those of its key and team, where `reject_clientside_metadata_tags` forbids it.
 * @param placeOf returns the header or the member that states them
 * @returns `null` when it states none, or may
 */
export function evaluateClientTags(
  { rejectClientTags }: Pick<AccessSettings, 'rejectClientTags'>,
  { tags, ownTags }: Pick<AccessContext, 'tags' | 'ownTags'>,
  placeOf: () => string | null,
): Refusal | null {
  if (!rejectClientTags || tags.length <= ownTags.length) return null;
  return {
    code: 'request_invalid',
    detail: 'the call states tags',
    isLogged: true,
    configKey: CONFIG_KEYS.clientTags,
    response: {
      param: placeOf() ?? 'metadata.tags',
      message: 'Tags of a request are not accepted here.',
    },
  };
}
