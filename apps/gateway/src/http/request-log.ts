import type { Request, Response } from 'express';
import { loggedPath, recordedStatus, requestStateOf, type LoggedCaller } from '#libs/access';
import { usdNumber, type GatehouseError } from '#libs/common';
import type { LogLevel } from '#libs/config';
import type { JsonLogger } from '../logging/json-logger.js';

/** Routes that orchestrators and load balancers ask every few seconds. */
const PROBES: ReadonlySet<string> = new Set([
  '/health/liveliness',
  '/health/liveness',
  '/health/readiness',
]);

/**
 * Remembers why a request failed, for its log line.
 * @param error what it is answered with
 */
export function noteFailure(request: Request, error: GatehouseError): void {
  const { log } = requestStateOf(request);
  log['reason'] = error.code;
  log['explanation'] = explanationOf(error);
}

/**
 * Returns the sentence that the decision about a refused request has: the stable code and what was wrong. The code alone
 * where the sentence names ids, and `null` for failures of the gateway or an upstream, which have a line of their own.
 * @param error what the request is answered with
 */
export function explanationOf({
  code,
  status,
  context,
}: Pick<GatehouseError, 'code' | 'status' | 'context'>): string | null {
  if (status >= 500) return null;
  const { problem } = context;
  return typeof problem === 'string' ? `${code}: ${problem}` : code;
}

/** The caller of a request that no guard has seen. */
const NO_CALLER: LoggedCaller = {
  user: null,
  team: null,
  organisation: null,
  keyId: null,
  model: null,
};

/** The amounts of a request of which nothing was booked. */
const NOTHING_BOOKED = { inputTokens: null, outputTokens: null, costPico: null };

/** A request that has ended. */
interface EndedRequest {
  readonly request: Request;
  readonly response: Response;
  /** As {@link clientAddressOf} told it while the connection was open. */
  readonly clientAddress: string | null;
}

/** Writes the one `request` line of a request that has ended. */
export function logRequest(
  logger: JsonLogger,
  { request, response, clientAddress }: EndedRequest,
): void {
  const state = requestStateOf(request);
  const route = routeTemplateOf(request);
  const status = recordedStatus(response);
  const { user, team, organisation, keyId, model } = state.caller?.() ?? NO_CALLER;
  const { inputTokens, outputTokens, costPico } = state.booked ?? NOTHING_BOOKED;
  const facts = {
    requestId: state.requestId,
    clientRequestId: state.clientRequestId,
    decisionId: state.trace?.decisionId ?? null,
    method: request.method,
    route,
    ...(route === null ? { path: loggedPath(request.originalUrl) } : {}),
    status,
    reason: null,
    explanation: null,
    durationMs: Math.round((performance.now() - state.startedAtMs) * 1000) / 1000,
    completed: response.writableFinished,
    clientAddress,
    user,
    team,
    organisation,
    keyId,
    model,
    inputTokens,
    outputTokens,
    costUsd: costPico === null ? null : usdNumber(costPico),
  };
  logger.record(requestLevel(request.path, status), 'request', Object.assign(facts, state.log));
}

/**
 * Returns the level of a request's line: `debug` for probes, `info` for success and redirects, `warn` for what the
 * client did wrong (4xx, 499 included), `error` for what the gateway or an upstream did wrong (5xx).
 * @param path path of the request
 * @param status status under which the request is written down
 */
export function requestLevel(path: string, status: number): LogLevel {
  if (PROBES.has(path)) return 'debug';
  if (status >= 500) return 'error';
  return status >= 400 ? 'warn' : 'info';
}

/**
 * Returns the address of the connection's other end. Forwarding headers are what a client says, so that they do not
 * count.
 * @param request a request whose connection is open
 */
export function clientAddressOf(request: Request): string | null {
  return request.socket.remoteAddress?.replace(/^::ffff:/i, '') ?? null;
}

/** The template, never the path: paths can carry ids that a client chose. */
function routeTemplateOf(request: Request): string | null {
  const route = request.route as { path?: unknown } | undefined;
  return typeof route?.path === 'string' ? route.path : null;
}
