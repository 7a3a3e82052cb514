import type { BookedTotals } from '#libs/access';
import type { GatehouseError } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';
import type { AttemptUse } from '#libs/spend';
import { errorOfFailure } from '../upstream/failure-error.js';
import {
  isRetryableResponse,
  requestedPauseMs,
  type Attempts,
  type NextAttempt,
} from '../routing/retries.js';
import { isSuccessStatus } from '../upstream/response-headers.js';
import { mayRefuseUsageRequest } from '../upstream/refusals.js';
import type { AttemptEnding } from './relay-attempt.js';
import type { ReservedCall } from './relay-call.js';

/** The deployment is at a limit, or the budget of its provider cannot bear the call. */
export interface PassedOver {
  readonly kind: 'full';
  /** That of the budget; `null` for a limit. */
  readonly refusal: GatehouseError | null;
}

/** Returns what was booked between two instants. */
export function useSince(before: BookedTotals, after: BookedTotals): AttemptUse {
  return {
    tokens: after.inputTokens + after.outputTokens - before.inputTokens - before.outputTokens,
    costPico: after.costPico - before.costPico,
  };
}

/**
 * Returns the error of a call after an ending. That of an attempt wins over the refusal of a deployment that was passed over.
 * @param known of the endings before
 */
export function failureAfter(
  ending: AttemptEnding | PassedOver,
  known: GatehouseError | null,
  { id }: DeploymentSettings,
): GatehouseError | null {
  if (ending.kind === 'full') return known ?? ending.refusal;
  return ending.kind === 'unsent' || ending.kind === 'unanswered'
    ? errorOfFailure(ending.failure, id)
    : known;
}

/** Whether a deployment did not serve an attempt: it cannot be reached, does not answer, or answers with 429 or 5xx. */
export function hasFailed(ending: AttemptEnding): boolean {
  if (ending.kind !== 'answered') return ending.kind !== 'delivered';
  const { status } = ending.answer;
  return status === 429 || status >= 500;
}

/** Returns the attempt that follows an ending; `null` for none. */
export function followingAttempt(
  ending: AttemptEnding | PassedOver,
  attempts: Attempts,
): NextAttempt | null {
  if (ending.kind === 'delivered') return null;
  if (ending.kind !== 'answered') return attempts.next();
  const { status, head } = ending.answer;
  return isRetryableResponse(status, head.headers)
    ? attempts.next(requestedPauseMs(head.headers))
    : null;
}

/** Whether the upstream may have refused the `stream_options` that the gateway has added. */
export function mayRefuseOptions(ending: AttemptEnding): boolean {
  return (
    ending.kind === 'answered' && mayRefuseUsageRequest(ending.answer.status, ending.answer.body)
  );
}

/** Whether it is a success, buffered or begun as a stream. */
export function isAccepted(ending: AttemptEnding, { client }: ReservedCall): boolean {
  return ending.kind === 'answered'
    ? isSuccessStatus(ending.answer.status)
    : ending.kind === 'delivered' && client.isOpen;
}
