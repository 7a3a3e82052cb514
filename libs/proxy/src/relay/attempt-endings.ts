import type { BookedTotals } from '#libs/access';
import { isGatehouseError, type ErrorCode, type GatehouseError } from '#libs/common';
import type { FailureClass } from '#libs/config';
import type { AttemptUse } from '#libs/spend';
import {
  classOfConnection,
  classOfResponse,
  failureOfResponse,
  type AttemptFailure,
} from '../routing/attempt-failure.js';
import { isSuccessStatus } from '../upstream/response-headers.js';
import { mayRefuseUsageRequest } from '../upstream/refusals.js';
import type { AttemptEnding } from '../settlement/attempt-ending.js';
import type { ReservedCall } from '../planning/relay-call.js';

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

/** Returns how an attempt has failed; `null` where it was served, or not made. */
export function failureOfEnding(ending: AttemptEnding | PassedOver): AttemptFailure | null {
  switch (ending.kind) {
    case 'delivered':
      return ending.failure === null ? null : ofConnection(ending.failure, false);
    case 'answered': {
      const { status, head, body } = ending.answer;
      const failure = classOfResponse(status, body);
      return failure === null ? null : failureOfResponse(failure, head.headers);
    }
    case 'rejected':
      return failureOfResponse('authentication', ending.head.headers);
    case 'unsent':
      return ofConnection(classOfConnection(ending.failure.kind), true);
    case 'unanswered':
      // It received the request and may still work on it.
      return ofConnection(classOfConnection(ending.failure.kind), false);
    case 'full':
      return null;
  }
}

const CLASSES: Readonly<Partial<Record<ErrorCode, FailureClass>>> = {
  upstream_timeout: 'timeout',
  upstream_unreachable: 'unavailable',
  upstream_invalid: 'internal',
};

/** Returns how an attempt has failed with which the call ends; `null` where the failure is not the deployment's. */
export function failureOfError(error: unknown): AttemptFailure | null {
  return isGatehouseError(error) ? ofConnection(CLASSES[error.code] ?? null, false) : null;
}

function ofConnection(failure: FailureClass | null, mayRepeatHere: boolean): AttemptFailure | null {
  return failure === null ? null : { failure, requestedMs: null, mayRepeatHere, isFinal: false };
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
