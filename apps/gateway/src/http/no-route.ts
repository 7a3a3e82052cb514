import {
  ROUTE_GROUPS,
  ROUTE_GROUP_NAMES,
  isGoogleOperation,
  loggedPath,
  mayUseRoute,
  requestedRoute,
} from '#libs/access';
import { GatehouseError, nearName } from '#libs/common';

/** The routes of this gateway. */
export interface KnownRoutes {
  /**
   * The methods of a path, empty for a path that is not a route.
   * @param target request target as received
   */
  methodsOf(target: string): readonly string[];
  /** Paths without parameters. */
  readonly literalPaths: readonly string[];
}

/** Every entry of the groups of routes. A group that is a wildcard over everything would make every path a known one. */
export const LITELLM_ROUTES: readonly string[] = ROUTE_GROUP_NAMES.flatMap((name) => [
  ...ROUTE_GROUPS[name],
]).filter((entry) => entry !== '*' && entry !== '/*');

/** Routes of LiteLLM that are in none of its groups. */
const UNGROUPED = ['/health/history', '/health/latest', '/model/deprecations'] as const;
const ELSEWHERE: readonly string[] = [
  ...LITELLM_ROUTES,
  ...UNGROUPED.flatMap((path) => [path, `/v1${path}`]),
];

/**
 * Returns the error for a request that no handler takes: 405 with the methods of the path where another method is
 * served, else 404. The sentence names the path as {@link loggedPath} shows it, a near route where the path is
 * misspelt, and says so where LiteLLM has the route and this gateway has not.
 * @param method HTTP method as received
 * @param target request target as received
 * @param known the routes of this gateway
 */
export function noRouteError(method: string, target: string, known: KnownRoutes): GatehouseError {
  const shown = `${method} ${loggedPath(target)}`;
  const methods = servedMethodsOf(method, target, known);
  if (methods.length > 0) {
    return new GatehouseError('method_not_allowed', {
      message: `${shown} is not a route. This path is served for ${methods.join(', ')}.`,
      allowedMethods: methods,
    });
  }
  const hint = hintFor(method, target, known.literalPaths);
  return new GatehouseError('not_found', {
    message: `${shown} is not a route of this gateway. ${hint}GET /docs lists its routes.`,
  });
}

/**
 * Returns the methods that a path which no handler takes is served for, empty where it is not a route.
 * @param method HTTP method as received
 * @param target request target as received
 */
export function servedMethodsOf(
  method: string,
  target: string,
  known: Pick<KnownRoutes, 'methodsOf'>,
): readonly string[] {
  const served = known.methodsOf(target);
  return isOperation(method, target) && !served.includes('POST') ? [] : served;
}

/** Operations whose names stand where another route has the id of an object. */
const LIKE_OBJECTS: ReadonlySet<string> = new Set([
  '/responses/input_tokens',
  '/responses/compact',
]);

/** Tells whether a path is that of an operation, which clients call with POST, although a route of another method takes it for an id. */
function isOperation(method: string, target: string): boolean {
  const route = requestedRoute(method, target);
  return route !== null && (isGoogleOperation(route.path) || LIKE_OBJECTS.has(route.path));
}

/** Routes of OpenAI that hand out a secret or a connection with which a client would not call this gateway any more. */
const AROUND_THE_GATEWAY: ReadonlySet<string> = new Set([
  '/realtime/calls',
  '/realtime/client_secrets',
  '/realtime/transcription_sessions',
]);

function hintFor(method: string, target: string, paths: readonly string[]): string {
  const route = requestedRoute(method, target);
  if (route !== null && AROUND_THE_GATEWAY.has(route.path))
    return 'A secret of the model provider would let its holder pass this gateway by: open a WebSocket at /v1/realtime with your own token. ';
  const isLiteLlm = route !== null && mayUseRoute(ELSEWHERE, route);
  const [path = ''] = target.split('?', 1);
  // Every short path is near the root, which is not what a client looks for.
  const near = nearName(
    path,
    paths.filter((one) => one !== '/'),
  );
  // A pattern of LiteLLM such as /team/* also matches a misspelt path.
  if (isLiteLlm && (near === null || ELSEWHERE.includes(path)))
    return 'LiteLLM has this route; it is not built here yet. ';
  return near === null ? '' : `Did you mean ${near}? `;
}
