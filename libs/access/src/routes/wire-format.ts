import type { IncomingHttpHeaders } from 'node:http';
import type { WireFormat } from '#libs/common';
import type { ConfiguredEndpoint } from './configured-endpoint.js';
import { mayUseRoute } from './route-catalog.js';
import { ROUTE_GROUPS, type RouteGroupName } from './route-groups.js';
import { routeAmongEndpoints } from './route-path.js';

/** A request, as far as it shows which API its client speaks. */
interface WiredRequest {
  readonly method: string;
  /** Request target as received. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

/** An endpoint of the configuration with its address at the upstream. */
interface AddressedEndpoint extends ConfiguredEndpoint {
  readonly address: string;
}

/** The groups of routes that are another API than OpenAI's. */
const WIRES: readonly (readonly [group: RouteGroupName, wire: WireFormat])[] = [
  ['anthropic_routes', 'anthropic'],
  ['google_routes', 'google'],
];

/** Operations of Google's API that stand behind the name of a model, served here or not. */
const GOOGLE_OPERATION =
  /\/models\/[^:]+:(?:(?:stream|batch)?generateContent|(?:batchE|asyncBatchE|e)mbedContents?|(?:count|compute)Tokens|generateAnswer|(?:stream)?(?:r|R)awPredict|predict(?:LongRunning)?)$/i;

/** Paths and addresses of each API, the first that fits counts: Google also serves OpenAI's form, and Anthropic's. */
const PLACES: readonly (readonly [place: RegExp, wire: WireFormat])[] = [
  [/\/v1\/messages(?:\/|$)|\/publishers\/anthropic\//i, 'anthropic'],
  [/\/endpoints\/openapi(?:\/|$)|.\/openai\//i, 'openai'],
  [/^\/anthropic(?:\/|$)|^https:\/\/api\.anthropic\.com(?:[:/]|$)/i, 'anthropic'],
  [
    /^\/(?:gemini|vertex[-_]ai|v1beta)(?:\/|$)|^https:\/\/[^/]+\.googleapis\.com(?:[:/]|$)/i,
    'google',
  ],
  [GOOGLE_OPERATION, 'google'],
];

/**
 * Returns the form in which a request is answered, also when the call is refused before its caller is known: that of the route, else
 * that of the API which its headers or its path belong to.
 * @param endpoints those of the configuration
 */
export function wireFormatOf(
  { method, target, headers }: WiredRequest,
  endpoints: readonly AddressedEndpoint[],
): WireFormat {
  const route = routeAmongEndpoints(method, target, endpoints);
  const [path = ''] = target.split('?', 1);
  if (route === null) return placedWireOf(path, headers);
  const group = WIRES.find(([name]) => mayUseRoute(ROUTE_GROUPS[name], route));
  if (group !== undefined) return group[1];
  const endpoint = endpoints.find((one) => one === route.endpoint);
  const place =
    endpoint === undefined
      ? route.path
      : `${endpoint.address}${route.path.slice(endpoint.path.length)}`;
  return placedWireOf(place, headers);
}

/** Tells whether a path is an operation of Google's API on a model, whether or not this gateway serves it. */
export function isGoogleOperation(path: string): boolean {
  return GOOGLE_OPERATION.test(path);
}

/**
 * Returns the form of the errors of a request that is passed through.
 * @param place path of the gateway, or address of the upstream
 */
export function placedWireOf(place: string, headers: IncomingHttpHeaders): WireFormat {
  // The official clients send these with every request.
  if (headers['anthropic-version'] !== undefined) return 'anthropic';
  const found = PLACES.find(([pattern]) => pattern.test(place))?.[1];
  return found ?? (headers['x-goog-api-client'] === undefined ? 'openai' : 'google');
}
