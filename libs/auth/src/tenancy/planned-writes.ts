import type { Principal } from '#libs/access';
import type { JwtSettings } from '#libs/config';
import type { EndUserSnapshot } from '#libs/end-users';
import type { AccountLink } from '#libs/users';
import type { TeamResolution } from './team-resolution.js';
import type { TenancyFacts } from './tenancy-facts.js';

/** What admitting a caller entails in the database: only what is missing there. */
export interface PlannedWrites {
  /** First row of the user, bound to the issuer at once. */
  readonly newUser: {
    readonly userId: string;
    readonly email: string | null;
    readonly isEmailVerified: boolean;
    readonly issuer: string | null;
    readonly subject: string | null;
  } | null;
  /** Row that no issuer's identity has claimed yet. */
  readonly binding: AccountLink | null;
  readonly newTeamId: string | null;
  readonly membership: { readonly teamId: string; readonly userId: string } | null;
  readonly newEndUserId: string | null;
}

/** What the plan is made from, once nothing refuses the call any more. */
export interface AdmittedCaller {
  readonly principal: Principal;
  readonly facts: TenancyFacts;
  readonly team: TeamResolution;
  /** End user of the call and its row, where the call is one that leaves a spend entry. */
  readonly endUser: { readonly id: string; readonly row: EndUserSnapshot | null } | null;
}

/**
 * Compares what should be there with what is.
 * @param caller an admitted caller
 * @param jwt which rows tokens may create
 */
export function planWrites(caller: AdmittedCaller, jwt: JwtSettings): PlannedWrites {
  const { principal, facts, team, endUser } = caller;
  return {
    newUser: planUser(caller, jwt),
    binding: planBinding(principal, facts),
    newTeamId: team.isNew ? team.teamId : null,
    membership: planMembership(caller, jwt),
    newEndUserId: endUser !== null && endUser.row === null ? endUser.id : null,
  };
}

/**
 * Tells whether nothing is missing, which is the case for every call but the first.
 * @param plan the planned writes
 */
export function isNothingPlanned(plan: PlannedWrites): boolean {
  return Object.values(plan).every((write) => write === null);
}

function planUser(
  { principal, facts }: AdmittedCaller,
  jwt: JwtSettings,
): PlannedWrites['newUser'] {
  const { userId, email, issuer, subject } = principal;
  if (facts.user !== null || userId === null || principal.isAdmin || !jwt.userIdUpsert) return null;
  return { userId, email, isEmailVerified: principal.emailVerified === true, issuer, subject };
}

function planBinding(
  { issuer, subject }: Principal,
  { user, isUserFoundByEmail }: TenancyFacts,
): PlannedWrites['binding'] {
  if (user?.boundIssuer !== null || issuer === null) return null;
  return { userId: user.userId, issuer, subject, foundBy: isUserFoundByEmail ? 'email' : 'id' };
}

function planMembership(caller: AdmittedCaller, jwt: JwtSettings): PlannedWrites['membership'] {
  const { principal, facts, team } = caller;
  const userId = facts.user?.userId ?? planUser(caller, jwt)?.userId ?? null;
  if (!jwt.addUserToTeam || principal.isAdmin || facts.isTeamMember) return null;
  return team.teamId === null || userId === null ? null : { teamId: team.teamId, userId };
}
