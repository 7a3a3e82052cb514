import { isModelRoute, RoutePattern, type RequestedRoute } from '#libs/access';
import { GatehouseError } from '#libs/common';

const PARAMETER = /:([A-Za-z0-9_]+)/g;

/** One for every handler's template, so as few as there are handlers. */
const patterns = new Map<string, RoutePattern>();

/**
 * Makes sure that the handler which the router chose is that of the route which was evaluated. A router that reads a
 * path more generously than the catalogue of routes, `/openai/Deployments/gpt-4o/chat/completions` for instance,
 * would otherwise lead to a handler, or to a model in the path, that nobody evaluated.
 * @param template path template of the handler, `request.route.path`
 * @param isRelayed whether the handler relays a body, for which the route must also be one that calls a model
 * @throws GatehouseError `not_found`
 */
export function requireEvaluatedHandler(
  template: unknown,
  route: RequestedRoute | null,
  isRelayed: boolean,
): void {
  const isEvaluated =
    route !== null && typeof template === 'string' && patternOf(template).matches(route);
  if (!isEvaluated || (isRelayed && !isModelRoute(route))) throw new GatehouseError('not_found');
}

function patternOf(template: string): RoutePattern {
  const known = patterns.get(template);
  if (known !== undefined) return known;
  const pattern = new RoutePattern(template.replaceAll(PARAMETER, '{$1}'));
  patterns.set(template, pattern);
  return pattern;
}
