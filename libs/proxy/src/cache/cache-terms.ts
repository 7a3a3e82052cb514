import type { IncomingHttpHeaders } from 'node:http';
import { isJsonObject, type JsonObjectScan } from '#libs/common';
import type { ResponseCacheSettings } from '#libs/config';
import { invalidParameter, readBoolean, smallValue } from '../endpoints/request/request-values.js';

type Members = Readonly<Record<string, unknown>>;

/** What a request may do with the cache. */
export interface CacheTerms {
  /** Whether a cached response may serve it. */
  readonly mayRead: boolean;
  /** Whether its response may be kept. */
  readonly mayStore: boolean;
  /** Seconds for which its response is kept. */
  readonly ttlSeconds: number;
  /** Age in seconds that a cached response may have; `null` for any. */
  readonly maxAgeSeconds: number | null;
  /** Separates responses within the scope of the caller; empty for none. */
  readonly namespace: string;
}

const NO_CACHE: CacheTerms = {
  mayRead: false,
  mayStore: false,
  ttlSeconds: 0,
  maxAgeSeconds: null,
  namespace: '',
};
const MAX_SECONDS = 31_536_000;
const MAX_NAMESPACE = 128;

/**
 * Returns what a request says about the cache: `cache` of its body, in LiteLLM's form, its `caching`, and `cache-control`
 * (RFC 9111, 5.2.1). None of it lets a caller out of its scope.
 * @throws GatehouseError `request_invalid` with the path of the member
 */
export function cacheTermsOf(
  { ttlSeconds, isDefaultOff }: Pick<ResponseCacheSettings, 'ttlSeconds' | 'isDefaultOff'>,
  scan: JsonObjectScan,
  headers: IncomingHttpHeaders,
): CacheTerms {
  const said = controlsOf(scan);
  const caching = scan.has('caching') ? readBoolean(scan, 'caching') : true;
  const isUsed = isDefaultOff ? switchOf(said, 'use-cache') : caching;
  const header = directivesOf(headers['cache-control']);
  const isOff = (name: string): boolean => switchOf(said, name) || header.has(name);
  const ttl = secondsOf(said, 'ttl') ?? header.seconds('s-maxage') ?? ttlSeconds;
  const terms = {
    mayRead: !isOff('no-cache'),
    mayStore: !isOff('no-store') && ttl > 0,
    ttlSeconds: ttl,
    maxAgeSeconds: maxAgeOf(said) ?? header.seconds('max-age'),
    namespace: namespaceOf(said),
  };
  // What is wrong is refused also where the cache is not used.
  return isUsed && caching ? terms : NO_CACHE;
}

/** LiteLLM has both spellings. */
function maxAgeOf(said: Members): number | null {
  return secondsOf(said, 's-maxage') ?? secondsOf(said, 's-max-age');
}

function controlsOf(scan: JsonObjectScan): Members {
  const said = smallValue(scan, 'cache') ?? {};
  if (!isJsonObject(said))
    throw invalidParameter('cache', '"cache" must be an object, for example {"no-cache": true}.');
  return said;
}

function switchOf(said: Members, name: string): boolean {
  const value = said[name] ?? false;
  if (typeof value !== 'boolean')
    throw invalidParameter(`cache.${name}`, `"cache.${name}" must be true or false.`);
  return value;
}

function secondsOf(said: Members, name: string): number | null {
  const value = said[name] ?? null;
  if (value === null) return null;
  if (typeof value !== 'number' || !(value >= 0 && value <= MAX_SECONDS))
    throw invalidParameter(
      `cache.${name}`,
      `"cache.${name}" must be a number of seconds from 0 to ${String(MAX_SECONDS)}.`,
    );
  return value;
}

function namespaceOf(said: Members): string {
  const value = said['namespace'] ?? '';
  if (typeof value !== 'string' || value.length > MAX_NAMESPACE)
    throw invalidParameter(
      'cache.namespace',
      `"cache.namespace" must be a string of at most ${String(MAX_NAMESPACE)} characters.`,
    );
  return value;
}

/** The directives of a `cache-control` header. One that cannot be read is left out. */
function directivesOf(header = ''): {
  has(name: string): boolean;
  seconds(name: string): number | null;
} {
  const directives = new Map(
    header.split(',').map((directive) => {
      const [name = '', value = ''] = directive.split('=');
      return [name.trim().toLowerCase(), value.trim()];
    }),
  );
  return {
    has: (name) => directives.has(name),
    seconds: (name) => {
      const value = directives.get(name) ?? '';
      return /^\d{1,8}$/.test(value) ? Number(value) : null;
    },
  };
}
