import type { Principal, Role } from '#libs/access';
import type { JwtSettings } from '#libs/config';
import type { EndUserSnapshot } from '#libs/end-users';
import type { OrganizationSnapshot } from '#libs/orgs';
import { bindingConflict, type UserSnapshot } from '#libs/users';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import type { Refusal } from '../failures/refusal.js';
import type { TenancyFacts } from './tenancy-facts.js';
import { isTokenCaller, countedRole } from '../policy/role-permissions.js';

const NONE: readonly string[] = Object.freeze([]);

/** The settings that decide which roles count. */
export type RolePolicy = Pick<JwtSettings, 'adminIssuers'> & {
  readonly teams: Pick<JwtSettings['teams'], 'syncUser'>;
};

/**
 * Evaluates the account that a token maps to. Identity comes first: a row that belongs to another
 * issuer or subject is not this caller's, so the caller does not learn whether it is blocked.
 * @param user row of the account, `null` when it does not exist
 * @param policy whether unknown users are created
 */
export function evaluateUser(
  principal: Principal,
  user: UserSnapshot | null,
  policy: Pick<JwtSettings, 'userIdUpsert'>,
): Refusal | null {
  if (user === null) {
    // An administrator by scope needs no row, and never gets one; a virtual key makes none either.
    if (principal.userId === null || principal.isAdmin) return null;
    if (policy.userIdUpsert && principal.key === null) return null;
    return {
      code: 'user_unknown',
      detail: `user ${principal.userId} does not exist, and users are not created from tokens`,
      configKey: CONFIG_KEYS.userUpsert,
    };
  }
  const conflict = conflictOf(principal, user);
  if (conflict !== null) {
    const owner = conflict === 'issuer' ? 'an identity of another issuer' : 'another subject';
    const detail = `user ${user.userId} belongs to ${owner}`;
    return { code: 'identity_conflict', detail, configKey: null };
  }
  if (!user.blocked) return null;
  return { code: 'user_blocked', detail: `user ${user.userId} is blocked`, configKey: null };
}

/**
 * Returns the id of the organisation that an admitted call makes: the one that its token names by id, where it
 * has no row; `null` for every other call. As for teams, an alias and a virtual key make none.
 * @param organization its row, `null` when there is none
 * @param policy whether unknown organisations are created
 */
export function organizationToMake(
  principal: Principal,
  organization: OrganizationSnapshot | null,
  policy: Pick<JwtSettings, 'orgIdUpsert'>,
): string | null {
  if (!policy.orgIdUpsert || organization !== null || principal.isAdmin) return null;
  return isTokenCaller(principal) && principal.key === null ? principal.orgId : null;
}

/**
 * Evaluates the organisation that a token names. Administrators are not refused for it.
 * @param organization its row, `null` when there is none
 * @param policy whether unknown organisations are created
 */
export function evaluateOrganization(
  principal: Principal,
  organization: OrganizationSnapshot | null,
  policy: Pick<JwtSettings, 'orgIdUpsert'>,
): Refusal | null {
  const { orgId, orgAlias } = principal;
  if (principal.isAdmin || organization !== null) return null;
  if (orgId !== null) {
    if (organizationToMake(principal, organization, policy) !== null) return null;
    const detail = `organisation ${orgId} does not exist, and organisations are not created from tokens`;
    return { code: 'org_unknown', detail, configKey: CONFIG_KEYS.orgUpsert };
  }
  if (orgAlias === null) return null;
  return {
    code: 'org_unknown',
    detail: `not exactly one organisation has the alias ${orgAlias}`,
    configKey: CONFIG_KEYS.orgAlias,
  };
}

/**
 * Evaluates the end user that a call is made for; an unknown one is acceptable.
 * @param endUser its row, `null` when there is none
 */
export function evaluateEndUser(endUser: EndUserSnapshot | null): Refusal | null {
  if (endUser?.blocked !== true) return null;
  return {
    code: 'end_user_blocked',
    detail: `end user ${endUser.endUserId} is blocked`,
    configKey: null,
  };
}

/**
 * Returns the effective role of a caller apart from its scopes, `null` for none: the role of its
 * token, else that of its row where it may use the row. An administrative role counts only where
 * the issuer may assert administrators and is `internal_user` elsewhere. The role of a row must
 * pass this for the credential and for the issuer that the account is bound to, so that a virtual
 * key has no right that its owner's tokens do not have.
 *
 * A stored role that follows tokens (docs/how-to/choose-the-team.md) is only a copy of the last
 * token's. A token without a role therefore has none at once, before the row is changed.
 * @param policy which issuers may assert administrators, and whether roles follow tokens
 */
export function usableRole(
  principal: Principal,
  user: UserSnapshot | null,
  policy: RolePolicy,
): Role | null {
  if (user !== null && (user.blocked || conflictOf(principal, user) !== null)) return null;
  const { role, mayAdminister } = principal;
  if (role !== null) return countedRole(role, mayAdminister);
  const isTrusted = mayAdminister && mayOwnerAdminister(user, policy);
  return countedRole(storedRole(principal, user, policy), isTrusted);
}

/**
 * Returns the ids of the organisations that a caller administers, each once: those in which the membership of its user has
 * that role, and that of the call where the token's role is `org_admin`. As {@link usableRole}, such a membership counts
 * only where the credential and the issuer of the account may assert administrators. The role is that of {@link usableRole}.
 */
export function administeredOrganizations(
  principal: Principal,
  facts: Pick<TenancyFacts, 'user' | 'organizationsOfUser'>,
  call: {
    readonly role: Role | null;
    readonly orgId: string | null;
    readonly policy: RolePolicy;
  },
): readonly string[] {
  const ids = new Set(call.role === 'org_admin' && call.orgId !== null ? [call.orgId] : NONE);
  if (mayUseMemberships(principal, facts.user, call.policy)) {
    for (const { role, organizationId } of facts.organizationsOfUser) {
      if (role === 'org_admin') ids.add(organizationId);
    }
  }
  return ids.size === 0 ? NONE : [...ids];
}

function mayUseMemberships(
  principal: Principal,
  user: UserSnapshot | null,
  policy: RolePolicy,
): boolean {
  if (user === null || user.blocked || conflictOf(principal, user) !== null) return false;
  return principal.mayAdminister && mayOwnerAdminister(user, policy);
}

/**
 * Returns the role of an admitted caller: administrator, else the role of its token or row, else
 * `team` for a team's own token, else internal user (LiteLLM's default).
 */
export function roleOf(
  principal: Principal,
  role: Role | null,
  ids: { readonly userId: string | null; readonly teamId: string | null },
): Role {
  if (principal.isAdmin) return 'proxy_admin';
  if (role !== null) return role;
  return ids.userId === null && ids.teamId !== null ? 'team' : 'internal_user';
}

function storedRole(
  principal: Principal,
  user: UserSnapshot | null,
  { teams }: RolePolicy,
): Role | null {
  const isOutOfDate = teams.syncUser && isTokenCaller(principal) && user?.roleSource === 'sync';
  return user === null || isOutOfDate ? null : user.role;
}

/**
 * The role of an account that no issuer has claimed was given by an administrator, so it counts.
 */
function mayOwnerAdminister(user: UserSnapshot | null, { adminIssuers }: RolePolicy): boolean {
  const issuer = user?.boundIssuer ?? null;
  return adminIssuers === null || issuer === null || adminIssuers.includes(issuer);
}

/**
 * A token that runs as a virtual key acts for the key's user by an administrator's decision, so its
 * own identity is not compared.
 */
function conflictOf(principal: Principal, user: UserSnapshot): 'issuer' | 'subject' | null {
  if (principal.key !== null) return null;
  return bindingConflict(user, accountIdentityOf(principal));
}

/**
 * Returns the identity that the account of a caller is bound to and compared with (ADR 0007):
 * issuer and subject of the token, for an issuer with a template (`principal`) the issuer and the
 * id that the template makes.
 */
export function accountIdentityOf({
  issuer,
  subject,
  accountSubject = subject,
}: Pick<Principal, 'issuer' | 'subject' | 'accountSubject'>): Pick<
  Principal,
  'issuer' | 'subject'
> {
  return { issuer, subject: accountSubject };
}
