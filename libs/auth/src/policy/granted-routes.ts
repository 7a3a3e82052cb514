import {
  canonicalPath,
  mayUseRoute,
  routeEntriesOf,
  type Principal,
  isRouteGroupName,
  NO_CALLER,
  type RequestedRoute,
} from '#libs/access';
import { memoizeByObject } from '#libs/common';
import type { Settings, AccessSettings } from '#libs/config';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import { routesOfRole } from './role-permissions.js';
import { routesOf, type RouteGrant, coveringGrant } from './route-grant.js';
import { scopeMappingsFor } from './scope-mapping.js';

/** Lists of which one must cover a route. */
type RouteLimit = readonly (readonly string[])[];

/** The routes of a caller as far as they are known, kept as lists until they are evaluated. */
export interface GrantedRoutes {
  /** Lists that the caller holds. */
  readonly grants: readonly RouteGrant[];
  /** Those of {@link grants} that every caller holds. */
  readonly publicGrants: readonly RouteGrant[];
  /** Lists of the caller's role and scopes; a route must be covered by each. */
  readonly limits: readonly RouteLimit[];
  /** `general_settings.allowed_routes`; `null` serves everything. */
  readonly served: readonly string[] | null;
}

/** The routes of a caller before it is authenticated: none. */
export const NO_GRANTED_ROUTES: GrantedRoutes = Object.freeze({
  grants: [],
  publicGrants: [],
  limits: [],
  served: null,
});

const METHOD_AND_PATH = /^([A-Z]+) (?=\/)/;

/**
 * Returns the routes of a caller and the limits that its token sets on them.
 * @param grants lists that it holds
 */
export function grantedRoutesOf(
  principal: Principal,
  { jwt, access }: Pick<Settings, 'jwt' | 'access'>,
  grants: readonly RouteGrant[],
): GrantedRoutes {
  const ofRole = routesOfRole(principal, jwt.rbac);
  const ofScopes = (scopeMappingsFor(principal, jwt) ?? []).filter(({ routes }) => routes !== null);
  const opened = ofScopes
    .filter(({ scope }) => principal.scopes.includes(scope))
    .map(({ routes }) => routes ?? []);
  return {
    grants,
    publicGrants: publicGrants(access),
    limits: [
      ...(ofRole === null ? [] : [[ofRole]]),
      ...(ofScopes.length === 0
        ? []
        : [[...opened, ...(principal.isAdmin ? [jwt.adminAllowedRoutes] : [])]]),
    ],
    served: access.allowedRoutes,
  };
}

/**
 * The entries that are left of the routes of a caller, groups by their names where they are left whole. A pattern that
 * another list covers in other words is left out, so the answer errs towards less.
 * @param grantedRoutes the routes of the caller
 */
export function listGrantedRoutes({
  grants,
  publicGrants: everybodys,
  limits,
  served,
}: GrantedRoutes): string[] {
  const own = routesOf(grants.filter((grant) => !everybodys.includes(grant)));
  const open = routesOf(grants.filter((grant) => everybodys.includes(grant)));
  const left = [...limits.reduce(narrowed, own), ...open];
  return [...new Set(served === null ? left : narrowed(left, [served]))];
}

function narrowed(list: readonly string[], limit: RouteLimit): readonly string[] {
  const whole = [
    ...list.filter((entry) => covers(limit, entry)),
    ...limit.flat().filter((entry) => covers([list], entry)),
  ];
  const told = new Set(routeEntriesOf(whole).map(canonicalPath));
  const rest = routeEntriesOf(list).filter(
    (entry) => !told.has(canonicalPath(entry)) && covers(limit, entry),
  );
  return [...whole, ...rest];
}

function covers(limit: RouteLimit, entry: string): boolean {
  const members = routeEntriesOf([entry]);
  return members.length > 0 && members.every((one) => limit.some((list) => coversOne(list, one)));
}

/** A parameter of one segment is as good as any segment; what stands for several is compared as it is written. */
function coversOne(list: readonly string[], member: string): boolean {
  if (list.includes('*')) return true;
  if (member.includes('*') || member.includes(':path}')) {
    return routeEntriesOf(list).includes(member);
  }
  const method = METHOD_AND_PATH.exec(member)?.[1] ?? '';
  const path = member.slice(method === '' ? 0 : method.length + 1);
  return mayUseRoute(list, { method, path: canonicalPath(path), model: null });
}

/**
 * The caller of a public route without a credential that can be verified; it has LiteLLM's role
 * `internal_user_viewer`.
 */
export const ANONYMOUS: Principal = Object.freeze({ ...NO_CALLER, role: 'internal_user_viewer' });

/** `auth: false` opens an endpoint of the configuration. */
const OPEN_ENDPOINTS: RouteGrant = Object.freeze({
  holder: 'everybody',
  routes: [],
  within: null,
  except: [],
  reach: 'open-endpoints',
  configKey: CONFIG_KEYS.passThroughEndpoints,
});

const grantsOf = memoizeByObject((publicRoutes: readonly string[]): readonly RouteGrant[] => {
  if (publicRoutes.length === 0) return [OPEN_ENDPOINTS];
  const grant = {
    holder: 'everybody',
    within: null,
    except: [],
    configKey: CONFIG_KEYS.publicRoutes,
  };
  return [
    { ...grant, routes: publicRoutes, reach: 'free' },
    { ...grant, routes: publicRoutes.filter(isExplicit), reach: 'all' },
    OPEN_ENDPOINTS,
  ];
});

/**
 * Returns the lists of routes that `public_routes` grant to every caller, and the endpoints without authentication. A route that spends money is
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
