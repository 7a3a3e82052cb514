import type { Clock } from './clock.js';

/** Options of an `LRUCache` that reads this clock at every access, and not once a millisecond of the machine. */
export function expiryBy(clock: Clock): {
  readonly perf: { now(): number };
  readonly ttlResolution: 0;
} {
  return { perf: { now: () => clock.nowMs() }, ttlResolution: 0 };
}

/**
 * Returns the `ttl` of an entry of an `LRUCache` that is valid before `untilMs`; `null` if it must
 * not be cached. The cache keeps an entry until more than its `ttl` has passed, and one with `ttl`
 * 0 for ever.
 */
export function ttlUntil(untilMs: number, nowMs: number): number | null {
  const ttl = Math.ceil(untilMs - nowMs) - 1;
  return ttl > 0 ? ttl : null;
}
