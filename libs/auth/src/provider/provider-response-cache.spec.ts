import { Logger } from '@nestjs/common';
import { createCache, type Cache } from 'cache-manager';
import { ManualClock } from '#support/manual-clock';
import { memoryStore } from './memory-store.js';
import { ProviderResponseCache } from './provider-response-cache.js';

describe('the cache of provider answers', () => {
  let store: Cache;
  let clock: ManualClock;
  let cache: ProviderResponseCache;

  beforeEach(() => {
    store = createCache({ stores: [memoryStore()] });
    clock = new ManualClock();
    cache = new ProviderResponseCache(store, clock);
  });

  it('returns a value before its time to live is over, and not from then on', async () => {
    await cache.add('key', { sub: 'alice' }, 2_000);
    clock.advance(1.999);
    expect(await cache.get('key')).toEqual({ sub: 'alice' });
    clock.advance(0.001);
    expect(await cache.get('key')).toBeNull();
  });

  it.each([0, -1])('stores nothing that has %d ms to live', async (ttlMs) => {
    await cache.add('key', { sub: 'alice' }, ttlMs);
    clock.advance(-10);
    expect(await cache.get('key')).toBeNull();
  });

  it('returns deeply frozen values, also out of a store that copies them', async () => {
    await store.set('key', { value: { list: ['a'] }, untilMs: clock.nowMs() + 1_000 });
    const value = await cache.get<{ readonly list: readonly string[] }>('key');
    expect(Object.isFrozen(value) && Object.isFrozen(value?.list)).toBe(true);
  });

  it('is bounded by count', async () => {
    for (let n = 0; n <= 30_000; n += 1) await cache.add(`key ${String(n)}`, {}, 60_000);
    expect(await cache.get('key 0')).toBeNull();
    expect(await cache.get('key 1')).not.toBeNull();
  });

  it('is bounded by bytes, and takes no value that is larger than all of it', async () => {
    const value = { text: 'x'.repeat(16 * 1024 * 1024) };
    for (const key of ['a', 'b', 'c']) await cache.add(key, value, 60_000);
    expect(await cache.get('a')).toBeNull();
    expect(await cache.get('c')).not.toBeNull();
    await cache.add('huge', { text: 'x'.repeat(33 * 1024 * 1024) }, 60_000);
    expect(await cache.get('huge')).toBeNull();
  });

  it('is empty while its store fails, and says so in the log', async () => {
    const log = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    jest.spyOn(store, 'get').mockRejectedValue(new Error('away'));
    jest.spyOn(store, 'set').mockRejectedValue(new Error('away'));
    await cache.add('key', { sub: 'alice' }, 60_000);
    expect(await cache.get('key')).toBeNull();
    expect(log).toHaveBeenCalledTimes(2);
    log.mockRestore();
  });
});
