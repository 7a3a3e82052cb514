import { isAdministrativeRole, ROLES, type RbacRole, type Role } from '#libs/access';
import type { ClaimFields, JwtSettings } from '#libs/config';
import { matchesGlob } from '../matching/glob.js';
import { readField } from './claim-field.js';
import { claimAmbiguous, SEVERAL_VALUES, soleMember } from './single-claim.js';

type Claims = Readonly<Record<string, unknown>>;

/** Result of mapping the roles of a token. */
export interface TokenRoles {
  /** Strings of the claim that `roles_jwt_field` names. */
  readonly roles: readonly string[];
  /** Effective role for `role_permissions`, as far as the roles of the token decide it. */
  readonly mapped: RbacRole | null;
  /** Role for this request, which replaces the stored role of the user. */
  readonly role: Role | null;
}

/** Where the roles of a caller are read. */
export interface RoleSource {
  readonly claims: Claims;
  readonly fields: ClaimFields;
  /** Path of the setting that names the claim `user_role`. */
  readonly userRoleKey: string;
}

/**
 * Returns the roles that a claim holds: a list of strings, of which each is one role, or one
 * string. Any other value, including a list with an entry that is not a string, holds no role.
 * @param claim value of a roles claim
 */
export function readRoles(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return claim === '' ? [] : [claim];
  if (!Array.isArray(claim)) return [];
  const entries: readonly unknown[] = claim;
  return entries.every((entry) => typeof entry === 'string') ? entries : [];
}

/**
 * Maps the roles of a token. The effective role for `role_permissions` comes from `role_mappings`
 * in the order of the configuration, then from `user_allowed_roles`. The role for this request
 * comes from the claim `user_role` of the custom-JWT guide, where a caller without a known role is
 * an internal user, else from `jwt_litellm_role_map` if roles are synchronised. For a token of an
 * issuer that may not assert administrators, the administrative entries are skipped.
 * @param source verified claims, their fields, and the path of the setting that names the claim
 *   `user_role`
 * @param mayAdminister whether the issuer may assert administrators
 * @throws GatehouseError `claim_ambiguous` if the claim `user_role` holds a list of several values
 */
export function mapRoles(
  source: RoleSource,
  settings: JwtSettings,
  mayAdminister: boolean,
): TokenRoles {
  const { claims, fields } = source;
  const roles = rolesAt(claims, fields.roles);
  const mayGive = (role: Role) => mayAdminister || !isAdministrativeRole(role);
  const mapping = settings.rbac.roleMappings.find(
    ({ role, internalRole }) => roles.includes(role) && mayGive(internalRole),
  );
  const userRoles = rolesAt(claims, fields.userRoles);
  const isAllowedUser = settings.rbac.userAllowedRoles?.some((role) => userRoles.includes(role));
  return {
    roles,
    mapped: mapping?.internalRole ?? (isAllowedUser === true ? 'internal_user' : null),
    role: namedRole(source, mayGive) ?? globRole(roles, settings, mayGive),
  };
}

/**
 * Returns true if the configuration requires a role and lists the roles that count, so that a user
 * id alone gives none.
 */
export function areRolesChecked({
  enforceRole,
  userAllowedRoles,
  roleMappings,
}: JwtSettings['rbac']): boolean {
  return enforceRole && (userAllowedRoles !== null || roleMappings.length > 0);
}

function rolesAt(claims: Claims, field: ClaimFields['roles']): readonly string[] {
  return field === null ? [] : readRoles(readField(claims, field));
}

function namedRole(
  { claims, fields: { userRole }, userRoleKey }: RoleSource,
  mayGive: (role: Role) => boolean,
): Role | null {
  if (userRole === null) return null;
  const name = soleMember(readField(claims, userRole));
  if (name === SEVERAL_VALUES) throw claimAmbiguous(userRoleKey);
  return ROLES.find((role) => role === name && mayGive(role)) ?? 'internal_user';
}

function globRole(
  roles: readonly string[],
  { teams }: JwtSettings,
  mayGive: (role: Role) => boolean,
): Role | null {
  if (!teams.syncUser) return null;
  const entry = teams.roleMap.find(
    ({ jwtRole, role }) => mayGive(role) && roles.some((one) => matchesGlob(jwtRole, one)),
  );
  return entry?.role ?? null;
}

/**
 * Returns the scopes that a claim holds: a string with scopes separated by spaces (RFC 6749 section
 * 3.3), or a list of strings, of which each is one scope. Scopes are compared exactly. Any other
 * value, including a list with an entry that is not a string, holds no scope.
 * @param claim the value of the scope claim
 */
export function readScopes(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return claim.split(' ').filter((scope) => scope !== '');
  if (!Array.isArray(claim)) return [];
  const entries: readonly unknown[] = claim;
  return entries.every((entry) => typeof entry === 'string') ? entries : [];
}
