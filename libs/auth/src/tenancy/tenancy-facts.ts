import type { OrganizationOfUser, OrganizationSnapshot } from '#libs/orgs';
import type { TeamOfUser, TeamSnapshot } from '#libs/teams';
import type { UserSnapshot } from '#libs/users';

/** A team that may become the team of a call, with what decides whether it can. */
export interface CandidateRow {
  readonly team: TeamSnapshot;
  /** Row of the organisation that the team belongs to. */
  readonly organization: OrganizationSnapshot | null;
}

/** Rows of the teams that a credential, a header or the database name, not evaluated yet. */
export interface TeamFacts {
  /** Rows by id; a team without a row does not exist. */
  readonly rows: ReadonlyMap<string, CandidateRow>;
  /** Ids of the teams of an alias, two at most; an alias that was not looked up is not in it. */
  readonly aliases: ReadonlyMap<string, readonly string[]>;
  /** Memberships of the user's row from every source; looked up only where they can matter. */
  readonly memberships: readonly TeamOfUser[];
}

/** The rows that a credential names, as they stand now. Absence is `null`; nothing has been evaluated. */
export interface TenancyFacts {
  /** Row of the user id, else of the verified email address. */
  readonly user: UserSnapshot | null;
  /** True when {@link user} was found by its verified email address. */
  readonly isUserFoundByEmail: boolean;
  readonly teams: TeamFacts;
  /** Row of the organisation that the credential names by id, else by alias. */
  readonly organization: OrganizationSnapshot | null;
  /** Organisations that administrators put {@link user} into. */
  readonly organizationsOfUser: readonly OrganizationOfUser[];
}

/** No team is known. */
export const NO_TEAM_FACTS: TeamFacts = Object.freeze({
  rows: new Map(),
  aliases: new Map(),
  memberships: [],
});

/** The facts of a caller that names no user, organisation or team, such as the master key. */
export const NO_FACTS: TenancyFacts = Object.freeze({
  user: null,
  isUserFoundByEmail: false,
  teams: NO_TEAM_FACTS,
  organization: null,
  organizationsOfUser: [],
});
