import { memoizeByString } from '#libs/common';
import { configuredEndpointOf, type ConfiguredEndpoint } from './configured-endpoint.js';
import { passThroughRoutes } from './route-groups-inference.js';

/**
 * Families that answer with and without `/v1`. An explicit list, because elsewhere the two differ: LiteLLM's
 * `/agents` is inference and `/v1/agents` administration, so folding every `/v1` away would grant too much.
 */
const VERSIONED_FAMILIES: ReadonlySet<string> = new Set([
  'assistants',
  'audio',
  'batches',
  'chat',
  'completions',
  'containers',
  'conversations',
  'embeddings',
  'files',
  'fine_tuning',
  'images',
  'models',
  'moderations',
  'ocr',
  'rag',
  'realtime',
  'rerank',
  'responses',
  'search',
  'threads',
  'vector_store',
  'vector_stores',
  'videos',
]);

/** Families that Azure's v1 address also serves below `/openai/v1`. */
const OPENAI_V1_FAMILIES: ReadonlySet<string> = new Set(['realtime', 'responses']);

/** Operations whose model may stand in the path, as in `/engines/{model}/chat/completions`. */
const ENGINE_OPERATIONS: ReadonlySet<string> = new Set([
  'chat/completions',
  'completions',
  'embeddings',
]);

/** Operations whose model may stand in Azure's path, `/openai/deployments/{model}/chat/completions`. */
const DEPLOYMENT_OPERATIONS: ReadonlySet<string> = new Set([
  ...ENGINE_OPERATIONS,
  'audio/speech',
  'audio/transcriptions',
  'audio/translations',
  'images/edits',
  'images/generations',
]);

/** First segment of Google's routes, in their canonical spelling. */
const GOOGLE_VERSION = 'v1beta';
/** Operations of Google's API, behind the name of a model. */
const GOOGLE_CALL = /(?<=[^/]):(?:generateContent|streamGenerateContent|countTokens)$/;

const VERSIONED_SINGLES: ReadonlySet<string> = new Set(['/model/info']);
const METHODS_READ_ALIKE: Readonly<Record<string, string>> = { HEAD: 'GET' };
const MAX_PATH_LENGTH = 4_096;
/** Longest target whose route is kept in memory. */
const MAX_KEPT_LENGTH = 256;
/** A leading slash, then visible ASCII without `#`, `;` and the backslash. */
const NORMAL_CHARACTERS = /^\/[\x21\x22\x24-\x3a\x3c-\x5b\x5d-\x7e]+$/;
/** First segments below which the path is that of a provider's own API. */
const PASS_THROUGH: ReadonlySet<string> = new Set(passThroughRoutes.map((path) => path.slice(1)));
const EMPTY_OR_DOTS: ReadonlySet<string> = new Set(['', '.', '..']);

/** What a request asks for, in the one spelling that every list of routes is compared with. */
export interface RequestedRoute {
  /** Upper case; `HEAD` counts as `GET`. */
  readonly method: string;
  /** Canonical path: no query, no trailing slash, aliases folded, for example `/chat/completions`. */
  readonly path: string;
  /**
   * Model named by the path, decoded, and of a WebSocket by the parameter `model` of its query; `null` where neither names
   * one.
   */
  readonly model: string | null;
  /** The endpoint of the configuration that serves it; left out for a route of the gateway. */
  readonly endpoint?: ConfiguredEndpoint;
}

/**
 * The route that a request target names, or `null` when the target is not in normal form.
 *
 * Not normal, hence never granted: an absolute-form target, empty or dot segments, a backslash, `;` parameters,
 * control or non-ASCII characters, and percent-encoding anywhere but in a model's name and, below the prefix of a provider,
 * of `:` and `@`, because a router, an upstream and this matcher could each read those differently. Comparison is case-sensitive.
 * @param method HTTP method as received
 * @param target request target as received, query included
 */
export function requestedRoute(method: string, target: string): RequestedRoute | null {
  return target.length > MAX_KEPT_LENGTH || method.includes(' ')
    ? parsedRoute(method, target)
    : knownRoutes(`${method} ${target}`);
}

/**
 * As {@link requestedRoute}, with the endpoint that serves it.
 * @param endpoints those of the configuration, none of which has the path of a route of the gateway
 */
export function routeAmongEndpoints(
  method: string,
  target: string,
  endpoints: readonly ConfiguredEndpoint[],
): RequestedRoute | null {
  const route = requestedRoute(method, target);
  if (route === null || endpoints.length === 0) return route;
  const endpoint = configuredEndpointOf(route.method, route.path, endpoints);
  return endpoint === undefined ? route : Object.freeze({ ...route, endpoint });
}

/** Clients ask for the same few routes again and again. The first space divides method and target. */
const knownRoutes = memoizeByString((line) => {
  const space = line.indexOf(' ');
  return parsedRoute(line.slice(0, space), line.slice(space + 1));
});

function parsedRoute(method: string, target: string): RequestedRoute | null {
  const segments = normalSegments(target);
  if (segments === null) return null;
  const folded = foldAliases(segments);
  const upper = method.toUpperCase();
  return isSocket(folded.segments) ? socketRoute(upper, target) : foldedRoute(upper, folded);
}

function foldedRoute(
  method: string,
  folded: ReturnType<typeof foldAliases>,
): RequestedRoute | null {
  const named = modelIn(folded);
  const model = decodedModel(named.text);
  if (model === null) return null;
  const path = isBelowPrefix(folded.segments)
    ? folded.segments.map(withPlainSigns)
    : folded.segments;
  if (path.slice(0, named.start).some((segment) => segment.includes('%'))) return null;
  return Object.freeze({
    method: METHODS_READ_ALIKE[method] ?? method,
    path: `/${path.join('/')}`,
    model: named.isCalled ? model : null,
  });
}

/** Tells whether a request target is that of a WebSocket. */
export function isSocketTarget(target: string): boolean {
  return isSocket(requestedRoute('GET', target)?.path.slice(1).split('/') ?? []);
}

/** A WebSocket has no body, so that its model is in the query. */
function socketRoute(method: string, target: string): RequestedRoute {
  const query = new URLSearchParams(target.split('?').slice(1).join('?'));
  const [model = '', ...others] = query.getAll('model');
  const isOne = model !== '' && others.length === 0;
  return Object.freeze({
    method: METHODS_READ_ALIKE[method] ?? method,
    path: '/realtime',
    model: isOne ? model : null,
  });
}

function isSocket([first, ...rest]: readonly string[]): boolean {
  return first === 'realtime' && rest.length === 0;
}

/**
 * Returns the canonical spelling of a route or pattern of a list, for example `/chat/completions`
 * for `/openai/deployments/{model}/chat/completions`. A string that is not a normal path is returned
 * unchanged.
 * @param path literal or pattern, starting with `/`
 */
export function canonicalPath(path: string): string {
  const segments = normalSegments(path);
  return segments === null ? path : `/${foldAliases(segments).segments.join('/')}`;
}

/**
 * Every spelling of a canonical path, itself first. A wildcard of a list covers a route when it covers one of
 * its spellings, so that an alias is never evaluated differently from its route.
 */
export function spellingsOf(path: string): readonly string[] {
  const spellings = [path];
  const family = path.split('/', 2)[1] ?? '';
  if (VERSIONED_FAMILIES.has(family) || VERSIONED_SINGLES.has(path)) spellings.push(`/v1${path}`);
  if (OPENAI_V1_FAMILIES.has(family)) spellings.push(`/openai/v1${path}`);
  if (ENGINE_OPERATIONS.has(path.slice(1))) {
    spellings.push(`/engines/{model}${path}`, `/v1/engines/{model}${path}`);
  }
  if (DEPLOYMENT_OPERATIONS.has(path.slice(1))) {
    spellings.push(`/openai/deployments/{model}${path}`);
  }
  if (family === GOOGLE_VERSION && GOOGLE_CALL.test(path)) {
    const call = path.slice(family.length + 1);
    spellings.push(`/v1${call}`, call);
  }
  return spellings;
}

function normalSegments(target: string): string[] | null {
  if (target.length > MAX_PATH_LENGTH) return null;
  const query = target.indexOf('?');
  const path = query === -1 ? target : target.slice(0, query);
  if (path === '/') return [];
  if (!NORMAL_CHARACTERS.test(path)) return null;
  const segments = (path.endsWith('/') ? path.slice(1, -1) : path.slice(1)).split('/');
  return segments.some((segment) => EMPTY_OR_DOTS.has(segment)) ? null : segments;
}

/** A path without what its aliases have besides. */
interface FoldedPath {
  readonly segments: readonly string[];
  /** A model that stood there, as it came; `null` for none. */
  readonly model: string | null;
}

function foldAliases(segments: readonly string[]): FoldedPath {
  if (segments[0] === 'v1' && segments[1] === 'engines') return foldAliases(segments.slice(1));
  const [first, second, third] = segments;
  const behindEngine = segments.slice(2);
  if (first === 'engines' && second !== undefined && names(behindEngine, ENGINE_OPERATIONS)) {
    return { segments: behindEngine, model: second };
  }
  const behindDeployment = segments.slice(3);
  if (first === 'openai' && second === 'deployments' && third !== undefined) {
    if (names(behindDeployment, DEPLOYMENT_OPERATIONS))
      return { segments: behindDeployment, model: third };
  }
  return { segments: withGoogleVersion(withoutVersion(segments)), model: null };
}

function withGoogleVersion(segments: readonly string[]): readonly string[] {
  return segments[0] === 'models' && GOOGLE_CALL.test(segments.at(-1) ?? '')
    ? [GOOGLE_VERSION, ...segments]
    : segments;
}

function names(segments: readonly string[], operations: ReadonlySet<string>): boolean {
  return operations.has(segments.join('/'));
}

function withoutVersion(segments: readonly string[]): readonly string[] {
  const [first, second, third] = segments;
  if (first === 'v1' && second !== undefined) {
    const rest = segments.slice(1);
    const isAlias = VERSIONED_FAMILIES.has(second) || VERSIONED_SINGLES.has(`/${rest.join('/')}`);
    return isAlias ? rest : segments;
  }
  if (
    first === 'openai' &&
    second === 'v1' &&
    third !== undefined &&
    OPENAI_V1_FAMILIES.has(third)
  ) {
    return segments.slice(2);
  }
  return segments;
}

function isBelowPrefix([first]: readonly string[]): boolean {
  return first !== undefined && PASS_THROUGH.has(first);
}

/** The SDKs of Amazon and Google encode these signs of a model's name, which mean the same unencoded (RFC 3986, section 3.3). */
function withPlainSigns(segment: string): string {
  return segment.replaceAll(/%3a/gi, ':').replaceAll(/%40/g, '@');
}

/** What of a path is the name of a model. */
interface ModelInPath {
  /** The first segment of the name, which ends the path; behind the path where there is none, or it was taken out. */
  readonly start: number;
  /** Without the operation behind it, percent-encoded as it came; empty for none. */
  readonly text: string;
  /** False for a path that only asks what the model is. */
  readonly isCalled: boolean;
}

/** `/models/{id}` is asked for with an encoded slash by the official clients; Google's form has slashes as they are. */
function modelIn({ segments, model }: FoldedPath): ModelInPath {
  if (model !== null) return { start: segments.length, text: model, isCalled: true };
  const [first, second = '', ...rest] = segments;
  if (first === 'models' && rest.length === 0) return { start: 1, text: second, isCalled: false };
  const isGoogle = first === GOOGLE_VERSION && second === 'models' && rest.length > 0;
  if (!isGoogle) return { start: segments.length, text: '', isCalled: false };
  const whole = rest.join('/');
  const text = whole.replace(GOOGLE_CALL, '');
  return { start: 2, text, isCalled: text !== whole };
}

function decodedModel(segment: string): string | null {
  try {
    const model = decodeURIComponent(segment);
    return /[\x00-\x1f\x7f]/.test(model) ? null : model;
  } catch {
    return null;
  }
}
