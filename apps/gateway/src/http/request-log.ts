import type { Request, Response } from 'express';
import { recordedStatus, requestStateOf } from '#libs/access';
import type { JsonLogger } from '../logging/json-logger.js';

/**
 * Remembers why a request failed, for its log line.
 * @param request the request
 * @param reason the stable code
 */
export function noteFailure(request: Request, reason: string): void {
  requestStateOf(request).log['reason'] = reason;
}

/**
 * Writes the one `request` line of a request that has ended.
 * @param logger where to
 * @param request the request
 * @param response its answer
 */
export function logRequest(logger: JsonLogger, request: Request, response: Response): void {
  const state = requestStateOf(request);
  logger.record('info', 'request', {
    requestId: state.requestId,
    clientRequestId: state.clientRequestId,
    decisionId: state.trace?.decisionId ?? null,
    method: request.method,
    route: routeTemplateOf(request),
    status: recordedStatus(response),
    reason: null,
    durationMs: Math.round((performance.now() - state.startedAtMs) * 1000) / 1000,
    completed: response.writableFinished,
    ...state.log,
  });
}

/** The template, never the path: paths can carry ids that a client chose. */
function routeTemplateOf(request: Request): string | null {
  const route = request.route as { path?: unknown } | undefined;
  return typeof route?.path === 'string' ? route.path : null;
}
