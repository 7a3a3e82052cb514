import { USER_ROLES, type Principal, type UserRole, UNLIMITED } from '#libs/access';
import type { TeamClaimSettings } from '#libs/config';
import type { TeamOfUser } from '#libs/teams';
import { isNewestToken, type UserSnapshot } from '#libs/users';
import { isTokenCaller } from '../policy/role-permissions.js';
import { namedTeamIds } from './named-teams.js';
import type { TeamFacts, TenancyFacts } from './tenancy-facts.js';

/** The settings that decide whether rows follow tokens. */
export type SyncPolicy = Pick<TeamClaimSettings, 'syncUser' | 'databaseFallback'>;

/** Memberships as a token has them. */
export interface MirroredTeams {
  /** Existing teams of which the user is to be a member. */
  readonly teamIds: readonly string[];
  /** Further teams that the token names, in which a membership stays if it is there. */
  readonly keptTeamIds: readonly string[];
}

/** The changes of a token to its user's rows: role, memberships, or only the time of the newest token. */
export interface UserSync {
  readonly userId: string;
  /** `iat` of the token. */
  readonly issuedAt: number | null;
  /** The role to store, in which `null` is the default one; `undefined` where it stays. */
  readonly role: UserRole | null | undefined;
  /** `null` where memberships stay. */
  readonly teams: MirroredTeams | null;
}

/**
 * Tells whether the rows of a caller follow its token (`sync_user_role_and_teams`). They do not for an
 * administrator by scope, for a virtual key, and for a token older than the last one that the rows
 * followed (threat A08).
 * @param user its row, `null` for one that is to be created
 */
export function isSynchronised(
  principal: Principal,
  user: UserSnapshot | null,
  policy: SyncPolicy,
): boolean {
  if (!policy.syncUser || principal.isAdmin || !isTokenCaller(principal)) return false;
  return !isOutdated(principal, user, policy);
}

/**
 * Tells whether a token is older than the last one that its user's rows followed. Such a token makes no
 * membership either.
 */
export function isOutdated(
  { issuedAt }: Pick<Principal, 'issuedAt'>,
  user: UserSnapshot | null,
  { syncUser }: Pick<SyncPolicy, 'syncUser'>,
): boolean {
  return syncUser && !isNewestToken(issuedAt, user?.syncedIssuedAt ?? null);
}

/**
 * Returns the memberships that follow from a token's list of teams; `null` where the token has no such
 * claim, so that none is removed (docs/how-to/choose-the-team.md). With `fallback_to_db_teams` the
 * claim for one team counts as a list of one.
 */
export function mirroredTeams(
  principal: Principal,
  facts: TeamFacts,
  policy: SyncPolicy,
): MirroredTeams | null {
  const { listed, teamId, source } = principal.teams;
  const single = policy.databaseFallback && source === 'claim' && teamId !== null ? [teamId] : null;
  const ids = listed ?? single;
  if (ids === null) return null;
  const isThere = (id: string): boolean => facts.rows.has(id);
  const teamIds = ids.filter(isThere);
  return {
    teamIds,
    keptTeamIds: namedTeamIds(principal.teams, facts).filter(
      (id) => isThere(id) && !teamIds.includes(id),
    ),
  };
}

/**
 * Returns the memberships after the rows have followed a token; the call itself is evaluated by them.
 * @param mirrored what the token has, `null` for no change
 */
export function membershipsAfter(
  memberships: readonly TeamOfUser[],
  mirrored: MirroredTeams | null,
): readonly TeamOfUser[] {
  if (mirrored === null) return memberships;
  const { teamIds, keptTeamIds } = mirrored;
  const known = new Map(memberships.map((one) => [one.teamId, one]));
  const kept = keptTeamIds.map((id) => known.get(id)).filter((one) => one !== undefined);
  return [...teamIds.map((id) => followed(known.get(id), id)), ...kept];
}

/**
 * Returns the changes of a token to the rows of its user; `null` when they follow it already, as for
 * every call but the first with a newer token. A token that changes neither role nor memberships is
 * recorded too, so that an older one with other values restores nothing afterwards (threat A08).
 * @param caller.userId the account whose rows follow it, created by this call or before
 * @param facts its rows, and which teams exist
 */
export function planSync(
  { principal, userId }: { readonly principal: Principal; readonly userId: string },
  { user, teams }: Pick<TenancyFacts, 'user' | 'teams'>,
  policy: SyncPolicy,
): UserSync | null {
  if (!isSynchronised(principal, user, policy)) return null;
  const role = changedRole(principal, user);
  const mirrored = mirroredTeams(principal, teams, policy);
  const isSame = mirrored === null || isMirrored(teams.memberships, mirrored);
  if (role === undefined && isSame && !isNewer(principal, user)) return null;
  return { userId, issuedAt: principal.issuedAt, role, teams: isSame ? null : mirrored };
}

function isNewer({ issuedAt }: Principal, user: UserSnapshot | null): boolean {
  const newest = user?.syncedIssuedAt ?? null;
  return issuedAt !== null && (newest === null || issuedAt > newest);
}

/** A role in the token replaces the stored one; a token without a role removes only a role from tokens. */
function changedRole({ role }: Principal, user: UserSnapshot | null): UserRole | null | undefined {
  const stored = user?.role ?? null;
  const wanted = role === null ? null : storable(role);
  if (role === null && user?.roleSource !== 'sync') return undefined;
  return wanted === stored ? undefined : wanted;
}

/** Rows do not store the roles of organisations, teams and customers; their users have the default role. */
function storable(role: NonNullable<Principal['role']>): UserRole | null {
  return USER_ROLES.find((one) => one === role) ?? null;
}

function isMirrored(memberships: readonly TeamOfUser[], mirrored: MirroredTeams): boolean {
  const after = membershipsAfter(memberships, mirrored);
  return after.length === memberships.length && after.every((one) => memberships.includes(one));
}

/** A membership with source `token` becomes the sync's; one with another source keeps it. */
function followed(known: TeamOfUser | undefined, teamId: string): TeamOfUser {
  if (known === undefined) return { teamId, role: 'user', source: 'sync', limits: UNLIMITED };
  return known.source === 'token' ? { ...known, source: 'sync' } : known;
}
