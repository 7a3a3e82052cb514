import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { isModelRoute, RELAYS_BODY_METADATA, requestStateOf } from '#libs/access';
import { SettingsStore } from '#libs/config';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import { RevocableCalls } from '../revocation/revocable-calls.js';
import { guardedCall, isMarked } from '../body/guarded-request.js';
import { keepParsedBody } from '../body/parsed-body.js';

/**
 * Last guard. Afterwards the request carries its access context. It is the only guard that writes: for
 * handlers that take a DTO it commits the rows of the admission. Handlers that relay a body commit
 * them after the last point at which they can refuse, so that a refused call leaves no row
 * (docs/adr/0003-guard-order.md).
 *
 * A parsed body that no guard evaluates is read here, once the caller is admitted, so that a caller
 * that may not use the route cannot make the gateway parse one.
 */
@Injectable()
export class PoliciesGuard implements CanActivate {
  /** @param liveCalls refuses a call whose access was revoked meanwhile */
  constructor(
    private readonly pipeline: AccessPipeline,
    private readonly settings: SettingsStore,
    private readonly reflector: Reflector,
    private readonly liveCalls: RevocableCalls,
  ) {}

  /**
   * Runs the step policies on the call that the first guard opened and admits it; open routes have none.
   * @param context the handler and its request
   * @throws GatehouseError `policy_denied`, `request_invalid`, `body_too_large`, `token_revoked`, `user_blocked`,
   *   `database_unavailable`
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const call = guardedCall(context);
    if (call === null) return true;
    await this.pipeline.evaluate('policies', call);
    const request = context.switchToHttp().getRequest<Request>();
    const isRelayed = isMarked(context, this.reflector, RELAYS_BODY_METADATA);
    const isBodyEvaluated = call.route !== null && isModelRoute(call.route);
    const { access } = call;
    if (access === null) throw new TypeError('the tenancy step left no access context');
    await this.pipeline.attempt('policies', call, async () => {
      if (!isRelayed && !isBodyEvaluated) {
        await keepParsedBody(request, call, this.settings.current.server.bodyLimitBytes);
      }
      await this.liveCalls.admit(call);
      if (!isRelayed) await access.admission.commit();
    });
    requestStateOf(request).access = access;
    return true;
  }
}
