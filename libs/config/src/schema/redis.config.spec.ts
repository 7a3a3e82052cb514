import { refusalOf } from '#support/config-outcome';
import { settingsFromYaml } from '../load-settings.js';

describe('the address of Redis', () => {
  it('is REDIS_URL, else gatehouse.redis.url, else none', () => {
    const file = 'gatehouse: { redis: { url: "rediss://u:p%40@cache.example:6380/2" } }';
    expect(settingsFromYaml(file).redisUrl).toBe('rediss://u:p%40@cache.example:6380/2');
    const variable = { REDIS_URL: 'redis://cache.example' };
    expect(settingsFromYaml(file, variable).redisUrl).toBe('redis://cache.example');
    expect(settingsFromYaml('').redisUrl).toBeNull();
    expect(settingsFromYaml('gatehouse: { redis: }').redisUrl).toBeNull();
  });

  it.each([
    'cache.example:6379',
    'http://cache.example',
    'redis://',
    'redis://h/one',
    'redis://h/0/1',
    'redis://h?tls=true',
    'unix:///run/redis.sock',
  ])('refuses the start, and is not repeated: %s', (address) => {
    const refusal = refusalOf(`gatehouse: { redis: { url: "${address}" } }`);
    expect(refusal).toContain('gatehouse.redis.url ');
    expect(refusal).toContain('Write redis://');
    expect(refusalOf('', { REDIS_URL: address })).toContain('REDIS_URL ');
  });
});
