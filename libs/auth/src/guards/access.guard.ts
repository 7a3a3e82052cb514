import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { recordedStatus, requestStateOf, type RequestState } from '#libs/access';
import { newDecisionId } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { DecisionLogService } from '../decisions/decision-log.service.js';
import { loggedCaller } from '../decisions/decision-record.js';
import { AccessDecision } from '../call/access-decision.js';
import { RevocableCalls } from '../revocation/revocable-calls.js';
import { CALL_GUARDS, type CallGuard, type GuardedCall } from './call-guard.js';
import { handlerTraits } from './handler-traits.js';

/**
 * The one guard that Nest knows: opens a call for each request to a handler that is not public and leads it through the
 * guards of the call. Nest would hand each of them its own view of the request, and run what follows the last of them in an
 * interceptor, which costs a chain of observables and promises for each request (docs/adr/0021-bodies-and-admission.md).
 *
 * Opening a call sets the decision id on the response and, once the response has ended, writes the decision to the log.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly traitsOf: ReturnType<typeof handlerTraits>;

  /**
   * @param guards in the order in which a call passes them
   * @param settings the names of models
   * @param liveCalls lists the call while it runs
   */
  constructor(
    @Inject(CALL_GUARDS) private readonly guards: readonly CallGuard[],
    private readonly settings: SettingsStore,
    private readonly decisions: DecisionLogService,
    private readonly liveCalls: RevocableCalls,
    reflector: Reflector,
  ) {
    this.traitsOf = handlerTraits(reflector);
  }

  /**
   * Lets a call pass that every guard lets pass.
   * @param context the handler and its request
   * @throws GatehouseError what a guard refuses
   * @throws TypeError for a public handler that demands a role, which is a wiring defect
   */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const handler = this.traitsOf(context.getClass())(context.getHandler());
    if (handler.isPublic) {
      if (handler.requiredRole === null) return true;
      throw new TypeError('a handler with a role has an unguarded route');
    }
    const [request, response] = context.getArgs<[Request, Response]>();
    const state = requestStateOf(request);
    const call = this.open(request, response, state);
    call.requiredRole = handler.requiredRole;
    return this.passesAll({ request, state, handler, call });
  }

  private async passesAll(guarded: GuardedCall): Promise<boolean> {
    for (const guard of this.guards) {
      const waiting = guard.check(guarded);
      if (waiting instanceof Promise) await waiting;
    }
    return true;
  }

  private open(request: Request, response: Response, state: RequestState): AccessDecision {
    const { passThrough, router } = this.settings.current;
    const call = new AccessDecision(
      {
        requestId: state.requestId,
        clientRequestId: state.clientRequestId,
        decisionId: newDecisionId(),
        method: request.method,
        target: request.originalUrl,
        headers: request.headersDistinct,
        remoteAddress: request.socket.remoteAddress,
        source: { kind: 'headers' },
      },
      passThrough.endpoints,
      router.forcedModels,
    );
    state.trace = call.trace;
    state.caller = () => loggedCaller(call, this.settings.current);
    response.setHeader('x-gatehouse-decision-id', call.trace.decisionId);
    const leave = this.liveCalls.track(call);
    // `close` comes after every ending: answered, cut by the client, or failed.
    response.on('close', () => {
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
