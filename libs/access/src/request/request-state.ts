import type { ServerResponse } from 'node:http';
import type { JsonObjectScan, PicoUsd } from '#libs/common';
import type { AccessContext } from './access-context.js';
import type { DecisionTrace } from './decision-trace.js';

/** The caller as a log line names it: ids and nothing else of the credential. */
export interface LoggedCaller {
  readonly user: string | null;
  readonly team: string | null;
  readonly organisation: string | null;
  /** SHA-256 of the virtual key that the call runs as. */
  readonly keyId: string | null;
  /** Model that a refused call asked for, where the configuration has that name. */
  readonly model: string | null;
}

/** What all attempts of a request together were booked with. */
export interface BookedTotals {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costPico: PicoUsd;
}

/**
 * What travels with one HTTP request between hook, guards, handlers and the exception filter.
 * Created by the first hook of a request; each part is filled in once.
 */
export interface RequestState {
  /** Ours, on every response as `x-request-id`. */
  readonly requestId: string;
  /** The client's own, kept apart; `null` when it sent none that can be kept. */
  readonly clientRequestId: string | null;
  /** Monotonic milliseconds (`performance.now()`) at which the request arrived. */
  readonly startedAtMs: number;
  /** Set by the first guard on guarded routes. */
  trace?: DecisionTrace;
  /** The body's bytes, read once after authentication; absent for routes without one. */
  body?: Buffer;
  /** Top-level members of the body when it is a JSON object. */
  scan?: JsonObjectScan;
  /** Set by the last guard. */
  access?: AccessContext;
  /** Tells the caller's ids as far as they are known when asked; set by the first guard. */
  caller?: () => LoggedCaller;
  /** Set once an attempt was booked. */
  booked?: BookedTotals;
  /** Facts that handlers add to the request's log line (model, deployment, attempts, usage source). */
  readonly log: Record<string, string | number | boolean | null>;
}

const STATE = Symbol('gatehouse.request-state');

/** A request with its state once it is attached. */
interface StatefulRequest {
  [STATE]?: RequestState;
}

/**
 * Attaches the state to a request.
 * @param request the HTTP request object
 */
export function attachRequestState(request: object, state: RequestState): void {
  (request as StatefulRequest)[STATE] = state;
}

/**
 * The state of a request.
 * @param request the HTTP request object
 * @throws TypeError when that hook did not run, which is a wiring defect
 */
export function requestStateOf(request: object): RequestState {
  const state = (request as StatefulRequest)[STATE];
  if (state === undefined)
    throw new TypeError('the request carries no state: the hook of the adapter is not set');
  return state;
}

/**
 * The access context of a request.
 * @throws TypeError on a route that no guard covered, which is a wiring defect
 */
export function accessOf({ access }: RequestState): AccessContext {
  if (access === undefined)
    throw new TypeError('the handler asks for an access context on an unguarded route');
  return access;
}

/** What LiteLLM and nginx write down for a client that left before there was an answer; it is never sent. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * The status under which an ended request is written down: that of its answer, 499 when its client left before one.
 * @param response the HTTP response, closed
 */
export function recordedStatus(
  response: Pick<ServerResponse, 'headersSent' | 'statusCode'>,
): number {
  return response.headersSent ? response.statusCode : CLIENT_CLOSED_REQUEST;
}
