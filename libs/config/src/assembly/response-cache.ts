import type { ConfigPath } from '../diagnostics/config-diagnostics.js';
import type { ResponseCacheSettings } from '../model/response-cache.js';
import type { RootValue } from '../schema/root.config.js';
import { settingPlace } from '../schema/setting-path.js';
import type { Sources } from './sources.js';

type CacheParams = RootValue['litellm_settings']['cache_params'];

const DEFAULT_TTL_SECONDS = 600;

/**
 * Returns how responses are cached; `null` where they are not.
 * @param redisUrl address that the gateway has for other purposes; `null` for none
 */
export function responseCacheOf(
  { root, findings }: Pick<Sources, 'root' | 'findings'>,
  redisUrl: string | null,
): ResponseCacheSettings | null {
  const { cache: isOn, cache_params: params } = root.litellm_settings;
  if (!isOn) return null;
  const place = settingPlace('litellm_settings.cache_params', findings).at('type');
  const address = params.url ?? addressOf(params) ?? redisUrl;
  const type = params.type ?? typeOf(address);
  if (type !== 'local' && type !== 'redis') {
    place.warn(`is ${type}, which is not built: no response is cached`);
    return null;
  }
  if (type === 'redis' && address === null) warnOfLack(place);
  return {
    redisUrl: type === 'redis' ? address : null,
    ttlSeconds: ttlOf(params, type),
    namespace: params.namespace,
    callTypes: params.supported_call_types,
    isDefaultOff: params.mode === 'default_off',
    ...boundsOf(root.gatehouse.cache),
  };
}

function warnOfLack(place: ConfigPath): void {
  place.warn(
    'is redis, but neither host nor REDIS_URL names a server: each process caches for itself',
  );
}

function boundsOf(
  cache: RootValue['gatehouse']['cache'],
): Pick<ResponseCacheSettings, 'scope' | 'maxEntryBytes' | 'maxMemoryBytes' | 'encryptionKey'> {
  return {
    scope: cache.scope,
    maxEntryBytes: cache.max_entry_bytes,
    maxMemoryBytes: cache.max_memory_bytes,
    encryptionKey: cache.encryption_key,
  };
}

function typeOf(address: string | null): 'local' | 'redis' {
  return address === null ? 'local' : 'redis';
}

function ttlOf(params: CacheParams, type: 'local' | 'redis'): number {
  const own = type === 'redis' ? params.default_in_redis_ttl : params.default_in_memory_ttl;
  return params.ttl ?? own ?? DEFAULT_TTL_SECONDS;
}

function addressOf({ host, port, username, password, db, ssl }: CacheParams): string | null {
  if (host === null) return null;
  const login =
    username === null && password === null
      ? ''
      : `${encodeURIComponent(username ?? '')}:${encodeURIComponent(password ?? '')}@`;
  return `${ssl ? 'rediss' : 'redis'}://${login}${host}:${String(port)}/${String(db)}`;
}
