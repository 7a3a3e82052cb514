import { isAdministrativeRole, type Role } from '#libs/access';

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
