import type { Principal, Role, UserRole } from '#libs/access';
import type { JwtSettings } from '#libs/config';
import type { EndUserSnapshot } from '#libs/end-users';
import type { OrganizationSnapshot } from '#libs/orgs';
import type { UserSnapshot } from '#libs/users';
import { CONFIG_KEYS } from '../policy/config-keys.js';
import type { Refusal } from '../policy/refusal.js';
import { mayBeAdministrator, type RoutePolicy } from '../policy/route-permissions.js';

/**
 * Judges the account that a token maps to (decisions 2.4 and 2.15). Identity comes first: a row that belongs to
 * another issuer's identity is not this caller's, so whether it is blocked is not told.
 * @param principal the verified caller
 * @param user its row, `null` when there is none
 * @param policy whether unknown users are created
 */
export function judgeUser(
  principal: Principal,
  user: UserSnapshot | null,
  policy: Pick<JwtSettings, 'userIdUpsert'>,
): Refusal | null {
  if (user === null) {
    // An administrator by scope needs no row, and never gets one.
    if (principal.userId === null || principal.isAdmin || policy.userIdUpsert) return null;
    return {
      code: 'user_unknown',
      detail: `user ${principal.userId} does not exist, and users are not created from tokens`,
      configKey: CONFIG_KEYS.userUpsert,
    };
  }
  if (isBoundElsewhere(principal, user)) {
    return {
      code: 'identity_conflict',
      detail: `user ${user.userId} belongs to an identity of another issuer`,
      configKey: null,
    };
  }
  if (!user.blocked) return null;
  return { code: 'user_blocked', detail: `user ${user.userId} is blocked`, configKey: null };
}

/**
 * Judges the organisation that a token names. Administrators are not refused for it.
 * @param principal the verified caller
 * @param organization its row, `null` when there is none
 */
export function judgeOrganization(
  principal: Principal,
  organization: OrganizationSnapshot | null,
): Refusal | null {
  if (principal.orgId === null || principal.isAdmin || organization !== null) return null;
  return {
    code: 'org_unknown',
    detail: `organisation ${principal.orgId} does not exist`,
    configKey: CONFIG_KEYS.orgId,
  };
}

/**
 * Judges the end user that a call is made for; an unknown one is acceptable.
 * @param endUser its row, `null` when there is none
 */
export function judgeEndUser(endUser: EndUserSnapshot | null): Refusal | null {
  if (endUser?.blocked !== true) return null;
  return {
    code: 'end_user_blocked',
    detail: `end user ${endUser.endUserId} is blocked`,
    configKey: null,
  };
}

/**
 * The role that a caller's row gives it, `null` when there is no row that it may use. Administrative roles count
 * only for issuers that may assert administrators (decision 2.18); from others they are ordinary users.
 * @param principal the verified caller
 * @param user its row
 * @param policy the issuers that may assert administrators
 */
export function usableUserRole(
  principal: Principal,
  user: UserSnapshot | null,
  policy: Pick<RoutePolicy, 'adminIssuers'>,
): UserRole | null {
  if (user === null || user.blocked || isBoundElsewhere(principal, user)) return null;
  const isAdministrative = user.role === 'proxy_admin' || user.role === 'proxy_admin_viewer';
  return isAdministrative && !mayBeAdministrator(principal, policy) ? 'internal_user' : user.role;
}

/**
 * The role of an admitted caller: administrator, else what its row says, else `team` for a team's own token, else
 * internal user (LiteLLM's default).
 * @param principal the verified caller
 * @param userRole role of its usable row
 * @param ids the user and team that the call is made for
 */
export function roleOf(
  principal: Principal,
  userRole: UserRole | null,
  ids: { readonly userId: string | null; readonly teamId: string | null },
): Role {
  if (principal.isAdmin) return 'proxy_admin';
  if (userRole !== null) return userRole;
  return ids.userId === null && ids.teamId !== null ? 'team' : 'internal_user';
}

function isBoundElsewhere(principal: Principal, user: UserSnapshot): boolean {
  return user.boundIssuer !== null && user.boundIssuer !== principal.issuer;
}
