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
