import { handlerPattern, isModelRoute, loggedPath, type RequestedRoute } from '#libs/access';
import { GatehouseError, memoizeByString } from '#libs/common';

const patternOf = memoizeByString(handlerPattern);

/**
 * Refuses a call whose handler is not that of the evaluated route. A router that matches paths more
 * generously than the catalogue of routes, for example `/openai/Deployments/gpt-4o/chat/completions`,
 * would otherwise call a handler, or a model in the path, that was not evaluated.
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
  if (!isEvaluated || (isRelayed && !isModelRoute(route))) throw otherRoute(route);
}

/** The path is named here, because the router found a handler and the error of a request without one does not come up. */
function otherRoute(route: RequestedRoute | null): GatehouseError {
  if (route === null) return new GatehouseError('not_found');
  return new GatehouseError('not_found', {
    message: `${route.method} ${loggedPath(route.path)} is not a route of this gateway in this spelling. GET /docs lists its routes.`,
  });
}
