import { list, type ListOptions } from './collections.js';
import type { Key } from './key.js';
import { route } from './rules.js';
import { text } from './scalars.js';

/** What Python code calls the enumeration of route groups: `LiteLLMRoutes.public_routes`. */
const ROUTE_GROUP_PREFIX = 'LiteLLMRoutes.';

/** Group names may stand as Python code writes them, `LiteLLMRoutes.public_routes`. */
const withoutPrefix = (entry: string): string =>
  entry.startsWith(ROUTE_GROUP_PREFIX) ? entry.slice(ROUTE_GROUP_PREFIX.length) : entry;

const ENTRY = text('Group of routes, "/path", "/path/*" or "*".', {
  rule: (entry) => route(withoutPrefix(entry)),
  canonical: withoutPrefix,
});

/**
 * A list of routes: names of groups, literal paths, `/path/*` for everything below one, `*` for all.
 * @param options default, reason for which it may not be empty
 */
export function routeList<D = null>(
  summary: string,
  options: ListOptions<D> = {},
): Key<readonly string[] | NoInfer<D>> {
  return list<string, D>(summary, ENTRY, options);
}
