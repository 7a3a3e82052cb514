import {
  isModelRoute,
  mayUseRoute,
  type Principal,
  type RequestedRoute,
  type UserRole,
} from '#libs/access';
import type { JwtSettings } from '#libs/config';
import { CONFIG_KEYS } from './config-keys.js';
import type { Refusal } from './refusal.js';

/** Routes of callers without a team; LiteLLM's gate for internal users, without what is not built. */
const TEAMLESS_ROUTES: readonly string[] = Object.freeze([
  'llm_api_routes',
  'info_routes',
  'own_spend_routes',
]);

const MAX_SHOWN_ROUTE_LENGTH = 200;
const ALL_ROUTES: readonly string[] = Object.freeze(['*']);

/** A list of routes and by virtue of what the caller holds it. */
export interface RouteGrant {
  readonly holder: string;
  readonly routes: readonly string[];
  /** Reads only: `GET`. */
  readonly isReadOnly: boolean;
  /** Setting that holds the list, `null` for built-in ones. */
  readonly configKey: string | null;
}

/** The settings that this policy reads. */
export type RoutePolicy = Pick<
  JwtSettings,
  'adminAllowedRoutes' | 'teamAllowedRoutes' | 'adminIssuers'
>;

/** What only the database knows about a caller, once it has been asked. */
export interface RouteFacts {
  /** A team was chosen, softly or not. */
  readonly hasTeam: boolean;
  /** Role of the usable user row; `null` without one. */
  readonly userRole: UserRole | null;
}

/**
 * Every list of routes that a caller may turn out to hold, judged by the token alone. A route that none of them
 * covers is refused before the first query.
 * @param principal the verified caller
 * @param policy route lists and the issuers that may assert administrators
 */
export function possibleRouteGrants(
  principal: Principal,
  policy: RoutePolicy,
): readonly RouteGrant[] {
  if (principal.kind === 'master_key') return [masterKeyGrant];
  if (principal.isAdmin) return [adminGrant(policy)];
  const grants: RouteGrant[] = [];
  if (principal.teamId !== null) grants.push(teamGrant(policy));
  if (principal.teamId === null || principal.isTeamSoft) grants.push(teamlessGrant);
  if (mayHaveUserRow(principal) && mayBeAdministrator(principal, policy)) {
    grants.push(adminGrant(policy));
  }
  return grants;
}

/**
 * The lists of routes that a caller does hold, with team and user row known. A user row with an administrative role
 * counts only for issuers that may assert administrators (decision 2.18); it adds to what the caller may do as a
 * member of its team. A viewer reads everything, changes nothing and calls no model.
 * @param principal the verified caller
 * @param policy route lists and the issuers that may assert administrators
 * @param facts what the rows say
 */
export function heldRouteGrants(
  principal: Principal,
  policy: RoutePolicy,
  facts: RouteFacts,
): readonly RouteGrant[] {
  if (principal.kind === 'master_key') return [masterKeyGrant];
  if (principal.isAdmin) return [adminGrant(policy)];
  const ordinary = facts.hasTeam ? teamGrant(policy) : teamlessGrant;
  if (!mayBeAdministrator(principal, policy)) return [ordinary];
  if (facts.userRole === 'proxy_admin') return [ordinary, adminGrant(policy)];
  if (facts.userRole === 'proxy_admin_viewer') {
    return [{ ...adminGrant(policy), holder: 'administrators who only view', isReadOnly: true }];
  }
  return [ordinary];
}

/**
 * The first grant that covers a route, `null` when none does.
 * @param grants lists in the order in which they are tried
 * @param route the requested route
 */
export function coveringGrant(
  grants: readonly RouteGrant[],
  route: RequestedRoute,
): RouteGrant | null {
  return grants.find((grant) => covers(grant, route)) ?? null;
}

/**
 * The refusal of a route that no grant covers.
 * @param grants lists that were tried
 * @param route the requested route
 */
export function routeRefusal(grants: readonly RouteGrant[], route: RequestedRoute): Refusal {
  const holders = grants.map((grant) => grant.holder).join(' or ');
  const shown = `${route.method} ${route.path}`.slice(0, MAX_SHOWN_ROUTE_LENGTH);
  return {
    code: 'route_not_allowed',
    detail: `${shown} is not one of the routes of ${holders}`,
    configKey: grants.at(-1)?.configKey ?? null,
  };
}

/**
 * Everything that grants list, for explain.
 * @param grants lists that a caller holds
 */
export function routesOf(grants: readonly RouteGrant[]): readonly string[] {
  const [only, ...others] = grants;
  if (only !== undefined && others.length === 0) return only.routes;
  return [...new Set(grants.flatMap((grant) => grant.routes))];
}

/**
 * Tells whether a caller's tokens may make it administrator, by scope or by user row.
 * @param principal the verified caller
 * @param policy the issuers that may, `null` for all
 */
export function mayBeAdministrator(
  principal: Principal,
  policy: Pick<RoutePolicy, 'adminIssuers'>,
): boolean {
  if (policy.adminIssuers === null) return true;
  return principal.issuer !== null && policy.adminIssuers.includes(principal.issuer);
}

function covers(grant: RouteGrant, route: RequestedRoute): boolean {
  if (grant.isReadOnly && (route.method !== 'GET' || isInference(route))) return false;
  return mayUseRoute(grant.routes, route);
}

/** Listing models is a model route too, but no inference. */
function isInference(route: RequestedRoute): boolean {
  return isModelRoute(route) && !mayUseRoute(INFO_ROUTES, route);
}

const INFO_ROUTES: readonly string[] = Object.freeze(['info_routes']);

const masterKeyGrant: RouteGrant = Object.freeze({
  holder: 'the master key',
  routes: ALL_ROUTES,
  isReadOnly: false,
  configKey: CONFIG_KEYS.masterKey,
});

const teamlessGrant: RouteGrant = Object.freeze({
  holder: 'callers without a team',
  routes: TEAMLESS_ROUTES,
  isReadOnly: false,
  configKey: null,
});

function adminGrant(policy: RoutePolicy): RouteGrant {
  return {
    holder: 'administrators',
    routes: policy.adminAllowedRoutes,
    isReadOnly: false,
    configKey: CONFIG_KEYS.adminRoutes,
  };
}

function teamGrant(policy: RoutePolicy): RouteGrant {
  return {
    holder: 'callers with a team',
    routes: policy.teamAllowedRoutes,
    isReadOnly: false,
    configKey: CONFIG_KEYS.teamRoutes,
  };
}

function mayHaveUserRow(principal: Principal): boolean {
  return principal.userId !== null;
}
