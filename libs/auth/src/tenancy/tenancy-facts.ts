import type { OrganizationSnapshot } from '#libs/orgs';
import type { TeamSnapshot } from '#libs/teams';
import type { UserSnapshot } from '#libs/users';

/** The rows that a token names, as they stand now. Absence is `null`; nothing has been judged. */
export interface TenancyFacts {
  /** Row of the user id, else of the verified email address. */
  readonly user: UserSnapshot | null;
  /** True when {@link user} was found by its verified email address. */
  readonly isUserFoundByEmail: boolean;
  /** Row of the team that the token names. */
  readonly team: TeamSnapshot | null;
  /** True when the user's row is a member of that team; asked only where the answer can matter. */
  readonly isTeamMember: boolean;
  /** Row of the organisation that the token names. */
  readonly organization: OrganizationSnapshot | null;
  /** Row of the organisation that the team belongs to. */
  readonly teamOrganization: OrganizationSnapshot | null;
}

/** The facts of a caller that names nobody, such as the master key. */
export const NO_FACTS: TenancyFacts = Object.freeze({
  user: null,
  isUserFoundByEmail: false,
  team: null,
  isTeamMember: false,
  organization: null,
  teamOrganization: null,
});
