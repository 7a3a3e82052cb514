import { memoizeByObject } from '#libs/common';
import {
  ROUTE_GROUP_NAMES,
  ROUTE_GROUPS,
  isRouteGroupName,
  type RouteGroupName,
} from './route-groups.js';
import type { RequestedRoute } from './route-path.js';
import { RoutePattern } from './route-pattern.js';

/** A list of routes made ready for comparison. */
interface CompiledRouteList {
  readonly literals: ReadonlySet<string>;
  readonly patterns: readonly RoutePattern[];
}

const compiledList = memoizeByObject((list: readonly string[]): CompiledRouteList => {
  const literals = new Set<string>();
  const patterns: RoutePattern[] = [];
  for (const text of routeEntriesOf(list)) {
    const pattern = new RoutePattern(text);
    if (pattern.literal === null) patterns.push(pattern);
    else literals.add(pattern.literal);
  }
  return { literals, patterns };
});

/**
 * Tells whether a list of routes covers a route. An empty list covers nothing, and so does an unknown group name.
 * @param list names of groups, literal paths and patterns; not changed after its first use
 */
export function mayUseRoute(list: readonly string[], route: RequestedRoute): boolean {
  const { literals, patterns } = compiledList(list);
  return literals.has(route.path) || patterns.some((one) => one.matches(route));
}

/**
 * Tells whether a route calls a model or a tool, which is what `llm_api_routes` lists, and every configured endpoint may do: only
 * there do a body's `model` and `user` members mean a model and an end user.
 */
export function isModelRoute(route: RequestedRoute): boolean {
  if (route.endpoint !== undefined) return true;
  return mayUseRoute(ROUTE_GROUPS.llm_api_routes, route);
}

/**
 * Tells whether a route spends: it calls a model or a tool and is not merely a listing, which `llm_api_routes` hold too.
 */
export function isSpendingRoute(route: RequestedRoute): boolean {
  return isModelRoute(route) && !mayUseRoute(ROUTE_GROUPS.info_routes, route);
}

/** The names of all groups that cover a route, in the catalogue's order. */
export function routeGroupsOf(route: RequestedRoute): readonly RouteGroupName[] {
  return ROUTE_GROUP_NAMES.filter((name) => mayUseRoute(ROUTE_GROUPS[name], route));
}

/**
 * The paths and patterns of a list of routes, its groups replaced by their members; an unknown group has none.
 * @param list names of groups, literal paths and patterns
 */
export function routeEntriesOf(list: readonly string[]): readonly string[] {
  return list.flatMap(expand);
}

function expand(entry: string): readonly string[] {
  if (isRouteGroupName(entry)) return ROUTE_GROUPS[entry];
  return entry === '*' || entry.startsWith('/') || entry.includes(' /') ? [entry] : [];
}
