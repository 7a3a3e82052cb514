import type { Settings } from '../model/settings.js';
import { databaseUrlOf } from './database-url.js';
import { responseCacheOf } from './response-cache.js';
import type { Sources } from './sources.js';

/** Returns what is kept where: in the database, in Redis, in the cache of responses. */
export function storesOf(
  sources: Sources,
): Pick<Settings, 'databaseUrl' | 'redisUrl' | 'responseCache'> {
  const { overrides, root } = sources;
  const redisUrl = overrides.variable('REDIS_URL') ?? root.gatehouse.redis.url;
  return {
    databaseUrl: databaseUrlOf(sources),
    redisUrl,
    responseCache: responseCacheOf(sources, redisUrl),
  };
}
