import type { GatehouseError } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';
import { BY_REQUEST } from '#libs/spend';
import type { Operation } from '../endpoints/request/endpoint.js';
import type { ResponseReading } from '../streaming/buffered-response.js';
import { errorOfFailure } from '../upstream/failure-error.js';
import { isCredentialRefusal } from '../upstream/refusals.js';
import {
  isSuccessStatus,
  mayHoldCompletion,
  type HeaderList,
} from '../upstream/response-headers.js';
import type { ResponseHead } from '../upstream/upstream-call.js';
import type { UpstreamFailure, UpstreamFailureKind } from '../upstream/upstream-failure.js';
import type { AttemptEnding } from '../settlement/attempt-ending.js';
import { credentialRejected, unreadable } from './attempt-errors.js';

/** A buffered response of an upstream, with what was read of it. */
export interface PlainResponse {
  readonly head: ResponseHead;
  /** How it broke off; `null` for a whole one. */
  readonly failure: UpstreamFailure | null;
  /** `null` for a body that cannot be decoded. */
  readonly decoded: Buffer | null;
  readonly answer: ResponseReading;
}

/** What made the response. */
interface ResponseOrigin {
  readonly endpoint: Pick<Operation, 'streaming' | 'method' | 'billing'>;
  readonly deployment: DeploymentSettings;
}

const NO_BYTES = Buffer.alloc(0);

/**
 * Returns the error in place of a response that must not be passed on; `null` for one that may. Redirects are never followed:
 * the credential would travel with the request.
 */
export function errorOfPlain(
  { endpoint, deployment }: ResponseOrigin,
  response: PlainResponse,
): GatehouseError | null {
  const { head, failure, decoded } = response;
  if (failure !== null) return errorOfFailure(failure, deployment.id);
  if (isCredentialRefusal(head.status, decoded ?? NO_BYTES))
    return credentialRejected(deployment, head.status);
  if (decoded === null) return unreadable(deployment, 'content coding');
  if (isUnreadable(endpoint, response)) return unreadable(deployment, 'content type');
  return head.status >= 300 && head.status < 400 ? unreadable(deployment, 'redirect') : null;
}

/** Tells whether a response holds nothing that is billed. */
export function holdsNothing(
  endpoint: ResponseOrigin['endpoint'],
  response: Pick<PlainResponse, 'head' | 'answer'>,
): boolean {
  const { body, isEmpty } = response.answer;
  if (endpoint.billing === BY_REQUEST && body.length === 0) return false;
  return isEmpty || isUnreadable(endpoint, response);
}

/** A successful response that is not a model's: a page of HTML, for instance, or nothing. */
function isUnreadable(
  { streaming, method }: ResponseOrigin['endpoint'],
  { head: { status, headers }, answer }: Pick<PlainResponse, 'head' | 'answer'>,
): boolean {
  // A status other than 200 may say that there is nothing, and so may the removal of an object.
  const lacksBody = status === 200 && method !== 'DELETE' && answer.body.length === 0;
  const isReadable = answer.isReadable && mayHoldCompletion(headers) && !lacksBody;
  return streaming !== 'bytes' && isSuccessStatus(status) && !isReadable;
}

/** Returns how a whole body that cannot be decoded has failed: it is invalid. */
export function failedKind(failure: UpstreamFailure | null): UpstreamFailureKind {
  return failure?.kind ?? 'invalid';
}

/** Returns the ending of an attempt with a response. */
export function answeredWith(head: ResponseHead, headers: HeaderList, body: Buffer): AttemptEnding {
  return { kind: 'answered', answer: { status: head.status, head, headers, body } };
}
