import { errors } from 'undici';

/**
 * How a call to an upstream failed. `unreachable`: no connection, or it broke before any answer.
 * `timeout`: a time limit of the call ran out. `cut`: the answer began and broke off. `invalid`: what
 * came is not HTTP. `aborted`: we ended it, because the client had gone. `shutting_down`: we ended it, because
 * the grace time of a shutdown is over.
 */
export type UpstreamFailureKind =
  'unreachable' | 'timeout' | 'cut' | 'invalid' | 'aborted' | 'shutting_down';

/** A failed call. A value, not an exception: the relay decides what becomes of it. */
export interface UpstreamFailure {
  readonly kind: UpstreamFailureKind;
  /** False when no byte of the request can have reached the upstream, so that it may be repeated. */
  readonly wasSent: boolean;
  readonly cause: Error;
}

/** Where a call was when it failed. */
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
