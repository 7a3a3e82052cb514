import type { GatehouseError } from '#libs/common';
import type { FailureClass } from '#libs/config';
import type { ResponseHead } from '../upstream/upstream-call.js';
import type { UpstreamFailure } from '../upstream/upstream-failure.js';
import type { HeaderList } from '../upstream/response-headers.js';

/** A whole answer of an upstream, booked and not yet sent to the client. */
export interface BufferedResponse {
  readonly status: number;
  /** The upstream's own headers, for the decision on another attempt. */
  readonly head: ResponseHead;
  readonly headers: HeaderList;
  readonly body: Buffer;
}

/** The result of an attempt that did not throw. */
export type AttemptEnding =
  /** The client has what came, or has gone; `failure` tells how the deployment broke off. */
  | { readonly kind: 'delivered'; readonly failure: FailureClass | null }
  /** No byte can have reached the upstream. */
  | { readonly kind: 'unsent'; readonly failure: UpstreamFailure }
  /** It was sent and no head of a response came; the upstream may bill it. */
  | { readonly kind: 'unanswered'; readonly failure: UpstreamFailure }
  /** It refused the credential or the account of the gateway. */
  | { readonly kind: 'rejected'; readonly error: GatehouseError; readonly head: ResponseHead }
  | { readonly kind: 'answered'; readonly answer: BufferedResponse };
