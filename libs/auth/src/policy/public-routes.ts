import { isRouteGroupName, NO_TEAMS, type Principal, type RequestedRoute } from '#libs/access';
import { memoizeByObject } from '#libs/common';
import type { AccessSettings } from '#libs/config';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import { coveringGrant, type RouteGrant } from './route-grant.js';

/**
 * The caller of a public route without a credential that can be verified; it has LiteLLM's role
 * `internal_user_viewer`.
 */
export const ANONYMOUS: Principal = Object.freeze({
  kind: 'anonymous',
  issuer: null,
  subject: null,
  userId: null,
  email: null,
  emailVerified: null,
  teams: NO_TEAMS,
  orgId: null,
  orgAlias: null,
  endUserId: null,
  agentId: null,
  scopes: Object.freeze([]),
  roles: Object.freeze([]),
  rbacRole: null,
  role: 'internal_user_viewer',
  isAdmin: false,
  mayAdminister: false,
  clientIds: [],
  tokenId: null,
  sessionId: null,
  issuedAt: null,
  authenticatedAt: null,
  key: null,
  claims: Object.freeze({}),
});

const grantsOf = memoizeByObject((publicRoutes: readonly string[]): readonly RouteGrant[] => {
  if (publicRoutes.length === 0) return [];
  const grant = {
    holder: 'everybody',
    within: null,
    except: [],
    configKey: CONFIG_KEYS.publicRoutes,
  };
  return [
    { ...grant, routes: publicRoutes, reach: 'free' },
    { ...grant, routes: publicRoutes.filter(isExplicit), reach: 'all' },
  ];
});

/**
 * Returns the lists of routes that `public_routes` grant to every caller. A route that spends money is
 * opened only by an entry that names it; a group or a wildcard, which may cover more than its author
 * intended, does not open it.
 */
export function publicGrants({
  publicRoutes,
}: Pick<AccessSettings, 'publicRoutes'>): readonly RouteGrant[] {
  return grantsOf(publicRoutes);
}

/** Tells whether a route needs no credential. */
export function isPublicRoute(
  settings: Pick<AccessSettings, 'publicRoutes'>,
  route: RequestedRoute,
): boolean {
  return coveringGrant(publicGrants(settings), route) !== null;
}

function isExplicit(entry: string): boolean {
  return !isRouteGroupName(entry) && !entry.includes('*') && !entry.includes(':path}');
}
