import {
  mayUseRoute,
  type ClaimLack,
  type Principal,
  type RbacRole,
  type RequestedRoute,
} from '#libs/access';
import type { RbacSettings, RolePermission } from '#libs/config';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import { isTokenCaller } from './token-caller.js';
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
