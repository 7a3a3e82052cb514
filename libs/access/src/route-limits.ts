import { routeEntriesOf } from './route-catalog.js';
import { RoutePattern } from './route-pattern.js';

/**
 * Tells whether a list of routes names everything that other entries name, so that whoever holds the list has all of
 * them. Compared entry by entry, groups by their members: a pattern that covers another one in other words does not
 * count, so the answer errs towards no.
 * @param list names of groups, literal paths and patterns
 */
export function namesAllRoutes(list: readonly string[], entries: readonly string[]): boolean {
  const named = new Set(entriesOf(list));
  return named.has(EVERY_ROUTE) || entriesOf(entries).every((entry) => named.has(entry));
}

/**
 * The list that holds no more than each of several lists, compared as by {@link namesAllRoutes}: empty when none of them
 * restricts, `null` when they have nothing in common.
 * @param limits lists of routes, each of which must cover a route
 */
export function commonRoutes(limits: readonly (readonly string[])[]): readonly string[] | null {
  const [first, ...others] = limits.filter((list) => !list.includes(EVERY_ROUTE));
  if (first === undefined) return [];
  const common =
    others.length === 0
      ? first
      : entriesOf(first).filter((entry) => others.every((list) => namesAllRoutes(list, [entry])));
  return common.length === 0 ? null : common;
}

const EVERY_ROUTE = '*';

/** Aliases of a path are one entry. */
function entriesOf(list: readonly string[]): readonly string[] {
  return routeEntriesOf(list).map((entry) => new RoutePattern(entry).literal ?? entry);
}
