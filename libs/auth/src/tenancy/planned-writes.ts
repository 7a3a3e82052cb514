import { type Principal, commonRoutes, type Role } from '#libs/access';
import type { JwtSettings, Settings } from '#libs/config';
import type { EndUserSnapshot } from '#libs/end-users';
import type { KeyRegistration } from '#libs/keys';
import { isBoundTo, type AccountLink } from '#libs/users';
import { keyClaimOf } from '../claims/virtual-key-field.js';
import { accountIdentityOf } from './account-status.js';
import { isOutdated, membershipsAfter, planSync, type UserSync } from './membership-sync.js';
import type { TeamResolution } from './team-resolution.js';
import type { TenancyDecision } from './tenancy-decision.js';
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
  /** Organisation that the token is the first to name. */
  readonly newOrgId: string | null;
  readonly newTeam: { readonly teamId: string; readonly organizationId: string | null } | null;
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
  /** Organisation of the call, and the one that it makes. */
  readonly organization: Pick<TenancyDecision, 'orgId' | 'newOrgId'>;
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
  const { principal, facts, endUser } = caller;
  const newUser = planUser(caller, jwt);
  const userId = facts.user?.userId ?? newUser?.userId ?? null;
  const sync = userId === null ? null : planSync({ principal, userId }, facts, jwt.teams);
  return {
    newUser,
    binding: planBinding(principal, facts),
    newOrgId: caller.organization.newOrgId,
    newTeam: planTeam(caller, jwt),
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

/** Which organisation a new team belongs to is an administrator's decision, unless tokens make organisations too. */
function planTeam(
  { team: { isNew, teamId }, organization }: AdmittedCaller,
  { orgIdUpsert }: JwtSettings,
): PlannedWrites['newTeam'] {
  if (!isNew || teamId === null) return null;
  return { teamId, organizationId: orgIdUpsert ? organization.orgId : null };
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

/** The ids and limits of an admitted call. */
interface AdmittedIdentity {
  readonly role: Role;
  readonly userId: string | null;
  readonly teamId: string | null;
  readonly orgId: string | null;
  /** What `routeLimitsOf` says of the caller. */
  readonly routeLimits: readonly (readonly string[])[];
}

/**
 * Returns the key to register for an admitted token by
 * `unregistered_jwt_client_behavior: auto_register`; `null` for a caller that has a key or is an
 * administrator, and where that setting is off. A caller without a key has no mapping either, because
 * with one its token would run as the key.
 * @param identity ids and limits of the call
 * @param settings the issuers, and whether tokens receive keys
 */
export function planKeyRegistration(
  principal: Principal,
  identity: AdmittedIdentity,
  settings: Pick<Settings, 'jwt' | 'access'>,
): KeyRegistration | null {
  if (!getsKey(principal, identity.role, settings)) return null;
  const held = keyClaimOf(principal, settings.jwt)?.held ?? null;
  const allowedRoutes = commonRoutes(identity.routeLimits);
  if (held === null || allowedRoutes === null) return null;
  const { issuer } = principal;
  const { name: claimName, value: claimValue } = held;
  const { userId, teamId, orgId: organizationId } = identity;
  return { claimName, claimValue, issuer, userId, teamId, organizationId, allowedRoutes };
}

/**
 * With several issuers, a token without `iss` receives no key: its mapping would hold for every issuer,
 * and the tokens of all others with the same value would run as its key.
 */
function getsKey(
  { key, isAdmin, issuer }: Principal,
  role: Role,
  settings: Pick<Settings, 'jwt' | 'access'>,
): boolean {
  if (settings.jwt.keyMapping.whenUnregistered !== 'auto_register' || key !== null) return false;
  if (isAdmin || role === 'proxy_admin') return false;
  return issuer !== null || sourcesOf(settings) === 1;
}

function sourcesOf({ jwt, access }: Pick<Settings, 'jwt' | 'access'>): number {
  const endpoints = [access.userInfo, access.introspection].filter((one) => one !== null);
  return jwt.issuers.length + endpoints.length;
}
