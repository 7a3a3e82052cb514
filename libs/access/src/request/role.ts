/** Every role that a caller can have, LiteLLM's names. */
export const ROLES = [
  'proxy_admin',
  'proxy_admin_viewer',
  'org_admin',
  'internal_user',
  'internal_user_viewer',
  'team',
  'customer',
] as const;

/** One role. */
export type Role = (typeof ROLES)[number];

/** Roles that `role_mappings` and `role_permissions` speak of. */
export const RBAC_ROLES = [
  'proxy_admin',
  'team',
  'internal_user',
] as const satisfies readonly Role[];

/** One role of `role_mappings` and `role_permissions`. */
export type RbacRole = (typeof RBAC_ROLES)[number];

/** Roles that a user row may carry; the others come from tokens or memberships. */
export const USER_ROLES = [
  'proxy_admin',
  'proxy_admin_viewer',
  'internal_user',
  'internal_user_viewer',
] as const satisfies readonly Role[];

/** One role of a user row. */
export type UserRole = (typeof USER_ROLES)[number];

const ADMINISTRATIVE_ROLES: ReadonlySet<Role | null> = new Set<Role>([
  'proxy_admin',
  'proxy_admin_viewer',
  'org_admin',
]);

/**
 * Tells whether a role sees or changes what belongs to others, so that only some issuers may give
 * it.
 * @param role one role, `null` for none
 */
export function isAdministrativeRole(role: Role | null): boolean {
  return ADMINISTRATIVE_ROLES.has(role);
}

/**
 * Role that a handler can demand; an administrator has all of them. `org_admin` is who administers any organisation or may
 * read everything: the handler decides about the organisation.
 */
export type RequiredRole = 'proxy_admin' | 'proxy_admin_viewer' | 'org_admin';
