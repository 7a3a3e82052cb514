import { ManualClock } from '#support/manual-clock';
import fc from 'fast-check';
import { LRUCache } from 'lru-cache';
import { expiryBy, ttlUntil } from './lru-expiry.js';

describe('an LRU cache that expires by a clock', () => {
  it('keeps an entry before its end and not from then on, to the millisecond', () => {
    const moment = fc.integer({ min: 2, max: 10_000 });
    fc.assert(
      fc.property(moment, fc.integer({ min: 0, max: 10_000 }), (lifeMs, waitMs) => {
        const clock = new ManualClock();
        const cache = new LRUCache<string, string>({ max: 1, ...expiryBy(clock) });
        const nowMs = clock.nowMs();
        cache.set('key', 'value', { ttl: ttlUntil(nowMs + lifeMs, nowMs) ?? 0 });
        clock.advance(waitMs / 1_000);
        const isOver = clock.nowMs() >= nowMs + lifeMs;
        expect(cache.get('key')).toBe(isOver ? undefined : 'value');
      }),
    );
  });

  it.each([-1, 0, 1])(
    'is given no entry with %d ms to live, which it would keep for ever',
    (ms) => {
      expect(ttlUntil(1_000 + ms, 1_000)).toBeNull();
    },
  );
});
