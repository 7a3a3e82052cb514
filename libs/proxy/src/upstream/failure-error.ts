import { GatehouseError, type ErrorCode } from '#libs/common';
import type { UpstreamFailure, UpstreamFailureKind } from './upstream-failure.js';

const CODES: Readonly<Record<UpstreamFailureKind, ErrorCode>> = {
  unreachable: 'upstream_unreachable',
  timeout: 'upstream_timeout',
  cut: 'upstream_invalid',
  invalid: 'upstream_invalid',
  aborted: 'upstream_unreachable',
  shutting_down: 'shutting_down',
};

const CUT_SENTENCE = 'The answer of the model broke off.';

/**
 * The error that a client gets for a failed call.
 * @param failure how the call failed
 * @param deploymentId which deployment it was, for the log
 */
export function errorOfFailure(failure: UpstreamFailure, deploymentId: string): GatehouseError {
  return new GatehouseError(CODES[failure.kind], {
    ...(failure.kind === 'cut' ? { message: CUT_SENTENCE } : {}),
    cause: failure.cause,
    context: { deployment: deploymentId, failure: failure.kind },
  });
}
