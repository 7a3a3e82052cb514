import type { Settings } from '#libs/config';
import type { Operation } from '../endpoints/endpoint.js';
import type { CallFallbacks } from '../routing/fallback-chain.js';
import type { RelayCall } from './relay-call.js';

/**
 * Returns the fallbacks of a call. An operation that may not be repeated has none, and neither has a call with a destination of
 * its own.
 */
export function callFallbacksOf(
  { router: { fallbacks } }: Pick<Settings, 'router'>,
  { maxRetries }: Pick<Operation, 'maxRetries'>,
  { destination }: Pick<RelayCall, 'destination'>,
): CallFallbacks {
  const isRepeatable = maxRetries !== 0 && destination === undefined;
  return { ...fallbacks, most: isRepeatable ? fallbacks.most : 0, requested: null };
}
