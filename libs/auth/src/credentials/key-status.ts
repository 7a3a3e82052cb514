import { GatehouseError, noteEnd } from '#libs/common';
import type { KeySnapshot } from '#libs/keys';

/**
 * Refuses a key that is blocked or has expired.
 * @param key the current state of the key
 * @param nowMs milliseconds since the Unix epoch
 * @throws GatehouseError `key_blocked`, `key_expired`
 */
export function refuseUnusableKey(key: KeySnapshot, nowMs: number): void {
  if (key.blocked) {
    throw new GatehouseError('key_blocked', {
      context: { problem: `virtual key ${key.grant.keyId} is blocked` },
    });
  }
  if (key.expiresAtMs !== null && key.expiresAtMs <= nowMs) {
    throw new GatehouseError('key_expired', {
      context: { problem: `virtual key ${key.grant.keyId} has expired` },
    });
  }
  if (key.expiresAtMs !== null) noteEnd(key.expiresAtMs);
}
