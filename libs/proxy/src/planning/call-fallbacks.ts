import type { JsonObjectScan } from '#libs/common';
import type { Settings } from '#libs/config';
import type { Operation } from '../endpoints/request/endpoint.js';
import { invalidParameter, readBoolean, smallValue } from '../endpoints/request/request-values.js';
import { NO_OBJECTS } from '../routing/call-objects.js';
import type { CallFallbacks } from '../routing/fallback-chain.js';
import type { RelayCall } from './relay-call.js';

/** What a request of a trusted caller says about its fallbacks. */
export interface RequestedFallbacks {
  /** In place of those of its model; `null` for those. */
  readonly models: readonly string[] | null;
  readonly isDisabled: boolean;
}

/** A request that says nothing, or whose caller is not trusted. */
export const NONE_REQUESTED: RequestedFallbacks = { models: null, isDisabled: false };

const MAX_MODELS = 20;
const MAX_NAME_LENGTH = 256;

/**
 * Returns the fallbacks of a call. An operation that may not be repeated has none, and neither has a call with a destination of
 * its own, or one that names what one upstream keeps.
 */
export function callFallbacksOf(
  { router: { fallbacks } }: Pick<Settings, 'router'>,
  { maxRetries }: Pick<Operation, 'maxRetries'>,
  { destination, objects = NO_OBJECTS }: Pick<RelayCall, 'destination' | 'objects'>,
  { models, isDisabled }: RequestedFallbacks = NONE_REQUESTED,
): CallFallbacks {
  const isBound = objects.inPath !== null || objects.inBody.length > 0;
  const isTried = maxRetries !== 0 && destination === undefined && !isDisabled && !isBound;
  return { ...fallbacks, most: isTried ? fallbacks.most : 0, requested: models };
}

/**
 * Reads `fallbacks` and `disable_fallbacks` of a request.
 * @throws GatehouseError `request_invalid`
 */
export function requestedFallbacksOf(scan: JsonObjectScan): RequestedFallbacks {
  const value = smallValue(scan, 'fallbacks');
  return {
    models: value === null ? null : modelsOf(value),
    isDisabled: readBoolean(scan, 'disable_fallbacks'),
  };
}

function modelsOf(value: unknown): readonly string[] {
  if (Array.isArray(value) && value.length <= MAX_MODELS && value.every(isModelName)) return value;
  throw invalidParameter(
    'fallbacks',
    `"fallbacks" must be a list of at most ${String(MAX_MODELS)} names of models.`,
  );
}

function isModelName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_NAME_LENGTH;
}
