import { routeEntriesOf } from './route-catalog.js';
import { RoutePattern } from './route-pattern.js';

/**
 * Tells whether a list of routes names every entry of another list. Groups are compared by their
 * members. Two patterns are equal only when they are spelled alike, so the function may return false
 * for a list that does cover the other one, but never true for one that does not.
 * @param list names of groups, literal paths and patterns
 */
export function namesAllRoutes(list: readonly string[], entries: readonly string[]): boolean {
  const named = new Set(entriesOf(list));
  return named.has(EVERY_ROUTE) || entriesOf(entries).every((entry) => named.has(entry));
}

/**
 * Returns the entries that every one of several lists names, compared as by {@link namesAllRoutes}:
 * empty when no list restricts, `null` when the lists have no entry in common.
 * @param limits lists of routes; each must cover a route that may be called
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
