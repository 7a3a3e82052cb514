import { errors } from 'undici';
import type { UpstreamFailure, UpstreamFailureKind } from './upstream-failure.js';

/** The state of a call when it failed. */
export interface FailurePoint {
  readonly wasSent: boolean;
  readonly hasAnswered: boolean;
}

/**
 * Sorts what undici or the system reported.
 * @param point how far the call had come
 */
export function failureOf(cause: Error, point: FailurePoint): UpstreamFailure {
  return { kind: kindOf(cause, point), wasSent: point.wasSent, cause };
}

function kindOf(cause: Error, { wasSent, hasAnswered }: FailurePoint): UpstreamFailureKind {
  if (!wasSent) return 'unreachable';
  if (cause instanceof errors.HeadersTimeoutError || cause instanceof errors.BodyTimeoutError) {
    return 'timeout';
  }
  if (hasAnswered) return 'cut';
  return cause instanceof errors.HTTPParserError || cause instanceof errors.HeadersOverflowError
    ? 'invalid'
    : 'unreachable';
}
