import type { Request, Response } from 'express';
import { attachRequestState } from '#libs/access';
import { clientRequestIdOf, newRequestId } from '#libs/common';
import type { OpenRequests } from '../lifecycle/lifecycle.js';
import type { JsonLogger } from '../logging/json-logger.js';
import { CallTurns } from './call-turns.js';
import { setPagePolicy } from './page-policy.js';
import { clientAddressOf, logRequest } from './request-log.js';

/**
 * The first thing that happens to a request: it gets its id, its state and the headers of every response, is counted as
 * in flight until its answer has ended, and then gets its log line. A hook of the adapter, which it calls in front of all
 * middleware, because the router would match a middleware anew for each request.
 * @param lifecycle counts requests in flight and knows whether the process is stopping
 * @param logger where the log line goes
 */
export function requestStateHook(lifecycle: OpenRequests, logger: JsonLogger) {
  const turns = new CallTurns();
  return (request: Request, response: Response, next: () => void): void => {
    const requestId = newRequestId();
    attachRequestState(request, {
      requestId,
      clientRequestId:
        clientRequestIdOf(request.headers['x-request-id']) ??
        clientRequestIdOf(request.headers['x-litellm-call-id']),
      startedAtMs: performance.now(),
      log: {},
    });
    response.setHeader('x-request-id', requestId);
    response.setHeader('x-content-type-options', 'nosniff');
    setPagePolicy(request.url, response);
    if (lifecycle.isStopping) response.setHeader('connection', 'close');
    // Read now: a connection that has closed has no address any more.
    const clientAddress = clientAddressOf(request);
    const leave = lifecycle.enter();
    response.on('close', () => {
      leave();
      logRequest(logger, { request, response, clientAddress });
    });
    turns.take(response, next);
  };
}
