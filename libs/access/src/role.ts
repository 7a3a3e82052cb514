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

/** Roles that a user row may carry; the others come from tokens or memberships. */
export const USER_ROLES = [
  'proxy_admin',
  'proxy_admin_viewer',
  'internal_user',
  'internal_user_viewer',
] as const satisfies readonly Role[];

/** One role of a user row. */
export type UserRole = (typeof USER_ROLES)[number];
