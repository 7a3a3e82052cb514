import { inspect } from 'node:util';
import { refusalOf, warningsOf } from '#support/config-outcome';
import { settingsFromYaml } from '../load-settings.js';
import type { ResponseCacheSettings } from '../model/response-cache.js';

const cacheOf = (params: string, rest = '', env = {}): ResponseCacheSettings | null =>
  settingsFromYaml(`litellm_settings: { cache: true, cache_params: {${params}} }\n${rest}`, env)
    .responseCache;

describe('the settings of the cache of responses', () => {
  it('are there where it is switched on alone', () => {
    expect(settingsFromYaml('litellm_settings: { cache_params: { ttl: 5 } }').responseCache).toBe(
      null,
    );
    expect(cacheOf('')).toEqual({
      redisUrl: null,
      namespace: '',
      ttlSeconds: 600,
      callTypes: null,
      isDefaultOff: false,
      scope: 'user',
      maxEntryBytes: 1_048_576,
      maxMemoryBytes: 67_108_864,
      encryptionKey: null,
    });
  });

  it('name the server: the own one, else that of the gateway, and none for local', () => {
    const env = { REDIS_URL: 'redis://shared:6379' };
    expect(cacheOf('', '', env)?.redisUrl).toBe('redis://shared:6379');
    expect(cacheOf('type: local', '', env)?.redisUrl).toBeNull();
    expect(cacheOf('type: redis, url: "redis://own:1/2"', '', env)?.redisUrl).toBe(
      'redis://own:1/2',
    );
    expect(
      cacheOf('host: own, port: 7, username: u, password: "p:@/", db: 3, ssl: true')?.redisUrl,
    ).toBe('rediss://u:p%3A%40%2F@own:7/3');
  });

  it('have the lifetime of the store where ttl is left out', () => {
    const both = 'default_in_memory_ttl: 1, default_in_redis_ttl: 2';
    expect(cacheOf(both)?.ttlSeconds).toBe(1);
    expect(cacheOf(`${both}, host: a`)?.ttlSeconds).toBe(2);
    expect(cacheOf(`${both}, ttl: 3`)?.ttlSeconds).toBe(3);
  });

  it.each(['s3', 'redis-semantic', 'disk'])(
    'are not there for the store %s, with a warning',
    (type) => {
      const text = `litellm_settings: { cache: true, cache_params: { type: ${type} } }`;
      expect(settingsFromYaml(text).responseCache).toBeNull();
      expect(warningsOf(text).join('\n')).toContain('no response is cached');
    },
  );

  it('warn where Redis is asked for and no server is named', () => {
    const text = 'litellm_settings: { cache: true, cache_params: { type: redis } }';
    expect(settingsFromYaml(text).responseCache?.redisUrl).toBeNull();
    expect(warningsOf(text).join('\n')).toContain('each process caches for itself');
  });

  it('show neither password nor secret', () => {
    const cache = cacheOf(
      'host: a, password: hidden-one',
      'gatehouse: { cache: { encryption_key: hidden-two-0123456789 } }',
    );
    expect(cache?.encryptionKey).toBe('hidden-two-0123456789');
    expect(inspect(cache) + JSON.stringify(cache)).not.toContain('hidden');
  });

  it.each([
    ['litellm_settings: { cache_params: { host: "a/b" } }', 'host'],
    ['gatehouse: { cache: { encryption_key: short } }', 'too short'],
    ['gatehouse: { cache: { scope: all } }', 'scope'],
  ])('refuse the start: %s', (text, part) => {
    expect(refusalOf(text)).toContain(part);
  });
});
