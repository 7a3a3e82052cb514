import { GatehouseError } from '#libs/common';
import { isProxyAdmin, type AccessContext } from '../request/access-context.js';
import type { HandlerPermission } from '../decorators/permission.decorator.js';

/**
 * User id under which the master key acts and its calls are booked, LiteLLM's name for it. It needs
 * no row.
 */
export const MASTER_KEY_USER_ID = 'default_user_id';

/**
 * Refuses a caller that is not an administrator of the gateway.
 *
 * The route guards have let the caller in already; this is what the handler itself insists on, so
 * that a route list that is too wide still changes nothing for an ordinary user.
 * @param access the request's context
 * @throws GatehouseError `route_not_allowed`
 */
export function requireProxyAdmin(access: AccessContext): void {
  if (!isProxyAdmin(access)) throw new GatehouseError('route_not_allowed');
}

/**
 * Tells whether the caller may read every administrative object: administrators and their viewers.
 * @param access the request's context
 */
export function mayReadEverything(access: AccessContext): boolean {
  return isProxyAdmin(access) || access.role === 'proxy_admin_viewer';
}

/**
 * Refuses a caller that may not read every administrative object.
 * @param access the request's context
 * @throws GatehouseError `route_not_allowed`
 */
export function requireReadEverything(access: AccessContext): void {
  if (!mayReadEverything(access)) throw new GatehouseError('route_not_allowed');
}

/**
 * Refuses a caller that may not change the members of an organisation: administrators of the gateway and of that
 * organisation may.
 * @param access the request's context
 * @throws GatehouseError `route_not_allowed`
 */
export function requireOrganizationAdmin(access: AccessContext, organizationId: string): void {
  if (isProxyAdmin(access) || access.administeredOrganizations.includes(organizationId)) return;
  throw new GatehouseError('route_not_allowed');
}

/**
 * Refuses a caller that may not read an organisation: those who may read everything may, and its own administrators.
 * @param access the request's context
 * @throws GatehouseError `route_not_allowed`
 */
export function requireOrganizationReader(access: AccessContext, organizationId: string): void {
  if (!mayReadEverything(access)) requireOrganizationAdmin(access, organizationId);
}

/**
 * Refuses a caller without the role that a handler declares.
 * @param permission what the handler declares
 * @param access the request's context
 * @throws GatehouseError `route_not_allowed`
 */
export function requirePermission(
  { role }: Pick<HandlerPermission, 'role'>,
  access: AccessContext,
): void {
  if (role === 'proxy_admin') requireProxyAdmin(access);
  else if (role === 'proxy_admin_viewer') requireReadEverything(access);
  else if (role === 'org_admin' && access.administeredOrganizations.length === 0) {
    requireReadEverything(access);
  }
}

/**
 * The caller's own user id: the account that the token maps to, `default_user_id` for the master
 * key, `null` for a caller without one (a team's own token).
 * @param access the request's context
 */
export function userIdOf(access: AccessContext): string | null {
  return access.attribution.userId;
}
