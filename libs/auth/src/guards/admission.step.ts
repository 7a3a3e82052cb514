import { Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { RELAYS_BODY_METADATA } from '#libs/access';
import { guardedCall, isMarked } from '../body/guarded-request.js';
import type { AccessDecision } from '../call/access-decision.js';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import { RevocableCalls } from '../revocation/revocable-calls.js';
import type { HandlerStep } from './handler-step.js';

/**
 * Completes the admission of a call that every guard has admitted: refuses it when its access was revoked meanwhile,
 * then commits the planned rows of a first call. Handlers that relay a body commit these rows themselves, after the
 * last point at which they can refuse, so that a refused call leaves no row (docs/adr/0003-guard-order.md).
 */
@Injectable()
export class AdmissionStep implements HandlerStep {
  constructor(
    private readonly pipeline: AccessPipeline,
    private readonly liveCalls: RevocableCalls,
    private readonly reflector: Reflector,
  ) {}

  /**
   * Lets the admitted call go on; open routes have none.
   * @throws GatehouseError `token_revoked`, `user_blocked`, `team_blocked`, `key_blocked`, `user_unknown`,
   *   `team_unknown`, `key_unknown`, `database_unavailable`
   */
  prepare(context: ExecutionContext): void | Promise<void> {
    const call = guardedCall(context);
    if (call === null) return;
    const isRelayed = isMarked(context, this.reflector, RELAYS_BODY_METADATA);
    return this.pipeline.attempt('policies', call, () =>
      isRelayed ? this.liveCalls.admit(call) : this.commit(call),
    );
  }

  private async commit(call: AccessDecision): Promise<void> {
    await this.liveCalls.admit(call);
    await call.admitted.admission.commit();
  }
}
