import { isAdministrativeRole, type Role } from '#libs/access';

/**
 * What a role of a token or of a row counts as: administrative ones only where they may come from, elsewhere their
 * bearers are ordinary users (decision 2.18).
 * @param role the role, `null` for none
 * @param mayAdminister whether an administrative one counts
 */
export function countedRole(role: Role | null, mayAdminister: boolean): Role | null {
  return isAdministrativeRole(role) && !mayAdminister ? 'internal_user' : role;
}
