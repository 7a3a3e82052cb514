import type { RouteGroupName } from './route-groups.js';
import { passThroughRoutes } from './route-groups-inference.js';
import type { RequestedRoute } from './route-path.js';

/** A call of a provider's own API below the prefix of the provider. */
export interface PrefixCall {
  /** For example `/openai`. */
  readonly prefix: string;
  /** The path below the prefix, with its leading slash; empty for the prefix itself. */
  readonly below: string;
}

/** Where a call below a prefix names its model: in its path, or in the member `model` of its body. */
export type PrefixModel =
  { readonly kind: 'path'; readonly model: string } | { readonly kind: 'body' };

const PREFIXES: ReadonlySet<string> = new Set(passThroughRoutes);

/** Operations whose model is part of the path, in the words of Azure, of Google and of Amazon Bedrock. */
const MODEL_IN_PATH: readonly RegExp[] = [
  /^\/openai\/deployments\/([^/]+)\/./i,
  /^\/deployments\/([^/]+)\/./i,
  /^\/v\d[a-z0-9]*(?:\/projects\/[^/]+\/locations\/[^/]+\/publishers\/[^/]+)?\/(?:models|tunedModels)\/([^/:]+):[a-z]+$/i,
  /^\/model\/([^/]+)\/(?:invoke|converse|count-tokens)[a-z-]*$/i,
];

/**
 * Operations whose body names one model, and always does. The body of any other operation may name another model in another
 * place, so that its member `model` proves nothing.
 */
const MODEL_IN_BODY = new RegExp(
  '^(?:/(?:openai|anthropic|models|compatibility|api|v\\d[a-z0-9]*)){0,3}/(?:' +
    'chat/completions|completions|embeddings|responses|images/generations|audio/speech|moderations|rerank|' +
    'messages|messages/count_tokens|complete|chat|embed|generate|fim/completions|ocr)$',
  'i',
);

/** Returns the call below a prefix that a route is; `null` for any other route. */
export function prefixCallOf({ path }: Pick<RequestedRoute, 'path'>): PrefixCall | null {
  const end = path.indexOf('/', 1);
  const prefix = end === -1 ? path : path.slice(0, end);
  return PREFIXES.has(prefix) ? { prefix, below: path.slice(prefix.length) } : null;
}

/** Groups whose members are prefixes alone. */
const GROUPS: ReadonlySet<string> = new Set<RouteGroupName>([
  'mapped_pass_through_routes',
  'passthrough_routes_wildcard',
]);
const METHOD = /^[A-Z]+ (?=\/)/;

/** Tells whether an entry of a list of routes names prefixes of providers, and not merely every route or every model's. */
export function namesPrefixes(entry: string): boolean {
  return GROUPS.has(entry) || prefixCallOf({ path: entry.replace(METHOD, '') }) !== null;
}

/** Tells whether the API behind a route is that of an upstream: below the prefix of a provider, or at an endpoint of the configuration. */
export function isPassThroughRoute(route: RequestedRoute): boolean {
  return route.endpoint !== undefined || prefixCallOf(route) !== null;
}

/** Returns where a call names its model; `null` where that is not known, or where it calls none. */
export function prefixModelOf({ below }: PrefixCall): PrefixModel | null {
  for (const pattern of MODEL_IN_PATH) {
    const model = pattern.exec(below)?.[1];
    if (model !== undefined) return { kind: 'path', model };
  }
  return MODEL_IN_BODY.test(below) ? { kind: 'body' } : null;
}
