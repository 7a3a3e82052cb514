import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { RELAYS_BODY_METADATA, requestStateOf, type RequestState } from '#libs/access';
import { newDecisionId } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { DecisionLogService } from '../explain/decision-log.service.js';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import { JudgedCall } from '../pipeline/judged-call.js';
import { parsedBody, takeBody } from './body-intake.js';
import { isMarked, isPublic, rememberCall } from './guarded-request.js';

const CLIENT_CLOSED_REQUEST = 499;

/**
 * First guard: afterwards the caller is known and the body has been read. Before it nothing is known. It writes the
 * decision id onto the answer and, once the answer has ended, the decision into the log.
 *
 * The credential is judged from the headers before a byte of the body is read (decision 2.25), so that nobody
 * without one can make the gateway buffer anything and anonymous callers are 401 whatever they send.
 */
@Injectable()
export class JwtAuthGuard implements CanActivate {
  /**
   * @param pipeline the steps
   * @param settings the body limit
   * @param decisions where the decision is kept
   * @param reflector marks of handlers
   */
  constructor(
    private readonly pipeline: AccessPipeline,
    private readonly settings: SettingsStore,
    private readonly decisions: DecisionLogService,
    private readonly reflector: Reflector,
  ) {}

  /**
   * Opens the call, authenticates its caller and reads its body.
   * @param context the handler and its request
   * @throws GatehouseError any 401 code, `auth_provider_unavailable`, `body_too_large`, `request_invalid`
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (isPublic(context, this.reflector)) return true;
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const call = this.open(request, http.getResponse<Response>());
    await this.pipeline.judge('jwt-auth', call);
    const isRelayed = isMarked(context, this.reflector, RELAYS_BODY_METADATA);
    await this.pipeline.attempt('jwt-auth', call, () => this.intake(request, call, isRelayed));
    return true;
  }

  private open(request: Request, response: Response): JudgedCall {
    const state = requestStateOf(request);
    const call = new JudgedCall({
      requestId: state.requestId,
      clientRequestId: state.clientRequestId,
      decisionId: newDecisionId(),
      method: request.method,
      target: request.originalUrl,
      headers: request.headersDistinct,
      remoteAddress: request.socket.remoteAddress,
      source: { kind: 'headers' },
    });
    state.trace = call.trace;
    rememberCall(request, call);
    response.setHeader('x-gatehouse-decision-id', call.trace.decisionId);
    // `close` comes after every ending: answered, cut by the client, or failed.
    response.once('close', () => {
      const status = response.headersSent ? response.statusCode : CLIENT_CLOSED_REQUEST;
      this.decisions.record(call, { status, reason: loggedReason(state) });
    });
    return call;
  }

  private async intake(request: Request, call: JudgedCall, isRelayed: boolean): Promise<void> {
    const { bodyLimitBytes } = this.settings.current.server;
    const body = await takeBody(request, bodyLimitBytes, isRelayed);
    if (!isRelayed) request.body = body === null ? {} : parsedBody(body);
    if (body === null) return;
    const state = requestStateOf(request);
    state.body = body.bytes;
    state.scan = body.scan;
    call.body = body.scan;
  }
}

/** What the exception filter wrote for a refusal by the handler; guards' own refusals are on the call. */
function loggedReason(state: RequestState): string | null {
  const reason = state.log['reason'];
  return typeof reason === 'string' ? reason : null;
}
