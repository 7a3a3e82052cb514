import {
  isPassThroughRoute,
  isSpendingRoute,
  mayUseRoute,
  prefixCallOf,
  type RequestedRoute,
  type Principal,
} from '#libs/access';
import type { JwtSettings } from '#libs/config';
import { shownRoute, type Refusal } from '../failures/refusal.js';
import { isTokenCaller, routesOfRole } from './role-permissions.js';
import { routesOfScopes } from './scope-mapping.js';

/** Routes that a grant leaves out, also where its list names them. */
export interface RouteExclusion {
  readonly routes: readonly string[];
  /** Why, as the end of "the route …". */
  readonly reason: string;
  readonly configKey: string | null;
}

/**
 * How far a grant goes into its list: `reads` are `GET` without calls of models, `free` is what spends nothing, `endpoints` are those
 * of the configuration, `prefixes` those of providers. `open-endpoints` are those that need no credential, without a list.
 */
type GrantReach = 'all' | 'reads' | 'free' | 'endpoints' | 'prefixes' | 'open-endpoints';

/** A list of routes and by virtue of what the caller holds it. */
export interface RouteGrant {
  readonly holder: string;
  readonly routes: readonly string[];
  /** A second list that must cover the route too; `null` is none. */
  readonly within: readonly string[] | null;
  readonly except: readonly RouteExclusion[];
  readonly reach: GrantReach;
  /** Setting that holds the list, `null` for built-in ones. */
  readonly configKey: string | null;
}

/**
 * The first grant that covers a route, `null` when none does.
 * @param grants lists in the order in which they are tried
 */
export function coveringGrant(
  grants: readonly RouteGrant[],
  route: RequestedRoute,
): RouteGrant | null {
  return (
    grants.find((grant) => lists(grant, route) && exclusionOf(grant, route) === undefined) ?? null
  );
}

/**
 * The refusal of a route that no grant covers.
 * @param tried lists that were tried
 */
export function routeRefusal(tried: readonly RouteGrant[], route: RequestedRoute): Refusal {
  const grants = tried.filter((grant) => isToldOf(grant, route));
  const exclusion = grants
    .filter((grant) => lists(grant, route))
    .map((grant) => exclusionOf(grant, route))
    .find((one) => one !== undefined);
  if (exclusion !== undefined) {
    return {
      code: 'route_not_allowed',
      detail: `${shownRoute(route)} ${exclusion.reason}`,
      configKey: exclusion.configKey,
    };
  }
  const holders = [...new Set(grants.map(({ holder }) => holder))].join(' or ');
  return {
    code: 'route_not_allowed',
    detail: `${shownRoute(route)} is not one of the routes of ${holders}`,
    configKey: grants.findLast(({ configKey }) => configKey !== null)?.configKey ?? null,
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

function lists(grant: RouteGrant, route: RequestedRoute): boolean {
  if (grant.reach === 'open-endpoints') return route.endpoint?.needsCredential === false;
  if (!reaches(grant, route)) return false;
  if (grant.within !== null && !mayUseRoute(grant.within, route)) return false;
  return mayUseRoute(grant.routes, route);
}

/** Lists of what passes through are of interest where such a route was asked for. */
function isToldOf({ reach }: RouteGrant, route: RequestedRoute): boolean {
  if (reach === 'open-endpoints') return false;
  return reach === 'endpoints' || reach === 'prefixes' ? isPassThroughRoute(route) : true;
}

function reaches({ reach }: RouteGrant, route: RequestedRoute): boolean {
  if (reach === 'all') return true;
  if (reach === 'endpoints') return route.endpoint !== undefined;
  if (reach === 'prefixes') return prefixCallOf(route) !== null;
  return !isSpendingRoute(route) && (reach === 'free' || route.method === 'GET');
}

function exclusionOf(grant: RouteGrant, route: RequestedRoute): RouteExclusion | undefined {
  return grant.except.find(({ routes }) => mayUseRoute(routes, route));
}

/**
 * Lists of routes that hold for tokens and not for virtual keys by themselves, each of which must cover a route: those of
 * its team, or of the first guide, of its role and of its scopes. What a token makes a key of has to stay within them.
 * @param hasTeam whether the routes of teams are those of the caller
 * @returns empty for callers that are not evaluated by such lists
 */
export function routeLimitsOf(
  principal: Principal,
  jwt: JwtSettings,
  hasTeam: boolean,
): readonly (readonly string[])[] {
  if (!isTokenCaller(principal)) return [];
  const ordinary = jwt.ordinaryAllowedRoutes ?? (hasTeam ? jwt.teamAllowedRoutes : null);
  const lists = [ordinary, routesOfRole(principal, jwt.rbac), routesOfScopes(principal, jwt)];
  return lists.filter((list) => list !== null);
}
