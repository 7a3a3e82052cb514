import { isAdministrativeRole, ROLES, type RbacRole, type Role } from '#libs/access';
import type { ClaimFields, JwtSettings } from '#libs/config';
import { readField } from './claim-field.js';
import { matchesGlob } from '../matching/glob.js';
import { claimAmbiguous, SEVERAL_VALUES, soleMember } from './single-claim.js';

type Claims = Readonly<Record<string, unknown>>;

/** What the roles of a token amount to. */
export interface TokenRoles {
  /** Texts of the claim that `roles_jwt_field` names. */
  readonly roles: readonly string[];
  /** Role that `role_permissions` are asked by, as far as the roles of the token decide it. */
  readonly mapped: RbacRole | null;
  /** Role for this request, over that of the user's row. */
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
 * The roles that a claim holds: a list of texts, of which each is one role, or one text. Any other shape, a list with
 * something other than text among it included, holds none (decision 2.9).
 * @param claim what a roles claim holds
 */
export function readRoles(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return claim === '' ? [] : [claim];
  if (!Array.isArray(claim)) return [];
  const entries: readonly unknown[] = claim;
  return entries.every((entry) => typeof entry === 'string') ? entries : [];
}

/**
 * What the roles of a token stand for (decision 2.10): `role_mappings` in the order of the configuration, then
 * `user_allowed_roles`; for this request `jwt_litellm_role_map` while roles are synchronised, or the role table of the
 * custom-JWT guide, where whoever has no known role is an internal user. A token of an issuer that may not make
 * administrators skips the entries that would.
 * @param source verified claims, which claim is what, and the path of the setting that names the claim `user_role`
 * @param mayAdminister whether the issuer may make administrators
 * @throws GatehouseError `claim_ambiguous` where the claim `user_role` holds a list of several values
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
 * Returns true where the configuration requires a role and says which roles count, so that a user id alone gives none.
 * @param rbac what is configured about roles
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
