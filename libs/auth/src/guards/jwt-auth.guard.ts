import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { recordedStatus, requestStateOf, type RequestState } from '#libs/access';
import { newDecisionId } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { DecisionLogService } from '../decisions/decision-log.service.js';
import { loggedCaller } from '../decisions/decision-record.js';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import { AccessDecision } from '../call/access-decision.js';
import { RevocableCalls } from '../revocation/revocable-calls.js';
import { isPublic, rememberCall, requiredRoleOf } from '../body/guarded-request.js';
import { passes } from './passes.js';

/**
 * First guard. Afterwards the caller is known. Also sets the decision id on the response and, once
 * the response has ended, writes the decision to the log.
 *
 * The credential is evaluated from the headers before a byte of the body is read
 * (docs/explanation/request-path.md): a caller without one cannot make the gateway buffer a body
 * and receives 401 for every body, except on routes that the operator has made public.
 */
@Injectable()
export class JwtAuthGuard implements CanActivate {
  /**
   * @param settings the names of models
   * @param liveCalls lists the call while it runs
   */
  constructor(
    private readonly pipeline: AccessPipeline,
    private readonly settings: SettingsStore,
    private readonly decisions: DecisionLogService,
    private readonly reflector: Reflector,
    private readonly liveCalls: RevocableCalls,
  ) {}

  /**
   * Opens the call and authenticates its caller.
   * @param context the handler and its request
   * @throws GatehouseError any 401 code, `auth_provider_unavailable`
   */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (isPublic(context, this.reflector)) return true;
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const call = this.open(request, http.getResponse<Response>());
    call.requiredRole = requiredRoleOf(context, this.reflector);
    return passes(this.pipeline.evaluate('jwt-auth', call));
  }

  private open(request: Request, response: Response): AccessDecision {
    const state = requestStateOf(request);
    const call = new AccessDecision({
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
    state.caller = () => loggedCaller(call, this.settings.current.deployments);
    rememberCall(request, call);
    response.setHeader('x-gatehouse-decision-id', call.trace.decisionId);
    const leave = this.liveCalls.track(call);
    // `close` comes after every ending: answered, cut by the client, or failed.
    response.once('close', () => {
      leave();
      this.decisions.record(call, {
        status: recordedStatus(response),
        reason: loggedReason(state),
      });
    });
    return call;
  }
}

/**
 * What the exception filter wrote for a refusal by the handler; guards' own refusals are on the
 * call.
 */
function loggedReason(state: RequestState): string | null {
  const reason = state.log['reason'];
  return typeof reason === 'string' ? reason : null;
}
