import type { IncomingHttpHeaders } from 'node:http';
import type { ResponseCacheSettings, Settings } from '#libs/config';
import type { Operation } from '../endpoints/request/endpoint.js';
import type { RelayRequest } from '../endpoints/request/relay-request.js';
import { cacheTermsOf, type CacheTerms } from './cache-terms.js';

/** How the cache is used for one call. */
export interface CacheUse {
  readonly settings: ResponseCacheSettings;
  readonly terms: CacheTerms;
}

/** A call, as far as it decides whether it is cached. */
interface CachedCall {
  readonly endpoint: Pick<Operation, 'callType' | 'isCacheable'>;
  readonly request: RelayRequest;
  readonly settings: Pick<Settings, 'responseCache'>;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Returns how the cache is used for a call; `null` where it is not.
 * @throws GatehouseError `request_invalid` for what the request says about the cache
 */
export function cacheUseOf({ endpoint, request, settings, headers }: CachedCall): CacheUse | null {
  const { responseCache: cache } = settings;
  if (cache === null || endpoint.isCacheable?.(request) !== true) return null;
  const { callTypes } = cache;
  const isNamed = callTypes?.some((name) => [name, `a${name}`].includes(endpoint.callType));
  if (isNamed === false) return null;
  const terms = cacheTermsOf(cache, request.scan, headers);
  return terms.mayRead || terms.mayStore ? { settings: cache, terms } : null;
}
