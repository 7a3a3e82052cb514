import type { Principal } from '#libs/access';
import type { JwtSettings } from '#libs/config';
import type { EndUserSnapshot } from '#libs/end-users';
import type { KeyRegistration } from '#libs/keys';
import { isBoundTo, type AccountLink } from '#libs/users';
import { accountIdentityOf } from './account-identity.js';
import { isOutdated, membershipsAfter, planSync, type UserSync } from './membership-sync.js';
import type { TeamResolution } from './team-resolution.js';
import type { TenancyFacts } from './tenancy-facts.js';

/** What admitting a caller entails in the database: only what is missing there. */
export interface PlannedWrites {
  /** First row of the user, bound to the issuer and the subject at once. */
  readonly newUser: {
    readonly userId: string;
    readonly email: string | null;
    readonly isEmailVerified: boolean;
    readonly issuer: string | null;
    readonly subject: string | null;
  } | null;
  /** Row that has no issuer yet, or the issuer of the token and no subject. */
  readonly binding: AccountLink | null;
  readonly newTeamId: string | null;
  readonly membership: { readonly teamId: string; readonly userId: string } | null;
  /** Role and memberships that follow the token. */
  readonly sync: UserSync | null;
  readonly newEndUserId: string | null;
  /** Virtual key that the caller's tokens run as from now on. */
  readonly newKey: KeyRegistration | null;
}

/** What the plan is made from, once nothing refuses the call any more. */
export interface AdmittedCaller {
  readonly principal: Principal;
  readonly facts: TenancyFacts;
  readonly team: TeamResolution;
  /** End user of the call and its row, where the call is one that leaves a spend entry. */
  readonly endUser: { readonly id: string; readonly row: EndUserSnapshot | null } | null;
  /** What `planKeyRegistration` concluded. */
  readonly newKey: KeyRegistration | null;
}

/**
 * Compares what should be there with what is.
 * @param jwt which rows tokens may create
 */
export function planWrites(caller: AdmittedCaller, jwt: JwtSettings): PlannedWrites {
  const { principal, facts, team, endUser } = caller;
  const newUser = planUser(caller, jwt);
  const userId = facts.user?.userId ?? newUser?.userId ?? null;
  const sync = userId === null ? null : planSync({ principal, userId }, facts, jwt.teams);
  return {
    newUser,
    binding: planBinding(principal, facts),
    newTeamId: team.isNew ? team.teamId : null,
    membership: planMembership(caller, { userId, sync }, jwt),
    sync,
    newEndUserId: endUser !== null && endUser.row === null ? endUser.id : null,
    newKey: caller.newKey,
  };
}

/** Tells whether nothing is missing, which is the case for every call but the first. */
export function isNothingPlanned(plan: PlannedWrites): boolean {
  return Object.values(plan).every((write) => write === null);
}

function planUser(
  { principal, facts }: AdmittedCaller,
  jwt: JwtSettings,
): PlannedWrites['newUser'] {
  const { userId, email } = principal;
  if (facts.user !== null || userId === null || !jwt.userIdUpsert) return null;
  // Administrators by scope need no row, and a virtual key is of a user who has one.
  if (principal.isAdmin || principal.key !== null) return null;
  const isEmailVerified = principal.emailVerified === true;
  return { userId, email, isEmailVerified, ...accountIdentityOf(principal) };
}

function planBinding(
  principal: Principal,
  { user, isUserFoundByEmail }: TenancyFacts,
): PlannedWrites['binding'] {
  const identity = accountIdentityOf(principal);
  if (user === null || identity.issuer === null || principal.key !== null) return null;
  if (isBoundTo(user, identity)) return null;
  return { userId: user.userId, ...identity, foundBy: isUserFoundByEmail ? 'email' : 'id' };
}

function planMembership(
  { principal, facts, team }: AdmittedCaller,
  { userId, sync }: { readonly userId: string | null; readonly sync: UserSync | null },
  jwt: JwtSettings,
): PlannedWrites['membership'] {
  const { teamId } = team;
  if (!jwt.teams.addUserToTeam || principal.isAdmin || principal.key !== null) return null;
  if (teamId === null || userId === null || isOutdated(principal, facts.user, jwt.teams))
    return null;
  const memberships = membershipsAfter(facts.teams.memberships, sync?.teams ?? null);
  return memberships.some((one) => one.teamId === teamId) ? null : { teamId, userId };
}
