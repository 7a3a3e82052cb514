import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { RELAYS_BODY_METADATA } from '#libs/access';
import { guardedCall, isMarked } from '../body/guarded-request.js';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import { RevocableCalls } from '../revocation/revocable-calls.js';

/**
 * Completes the admission of a call that every guard has admitted: refuses it when its access was revoked meanwhile,
 * then commits the planned rows of a first call. Handlers that relay a body commit these rows themselves, after the
 * last point at which they can refuse, so that a refused call leaves no row (docs/adr/0003-guard-order.md).
 */
@Injectable()
export class AdmissionInterceptor implements NestInterceptor {
  constructor(
    private readonly pipeline: AccessPipeline,
    private readonly liveCalls: RevocableCalls,
    private readonly reflector: Reflector,
  ) {}

  /**
   * Continues with the admitted call; open routes have none.
   * @throws GatehouseError `token_revoked`, `user_blocked`, `team_blocked`, `key_blocked`, `user_unknown`,
   *   `team_unknown`, `key_unknown`, `database_unavailable`
   */
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const call = guardedCall(context);
    if (call !== null) {
      const isRelayed = isMarked(context, this.reflector, RELAYS_BODY_METADATA);
      await this.pipeline.attempt('policies', call, async () => {
        await this.liveCalls.admit(call);
        if (!isRelayed) await call.admitted.admission.commit();
      });
    }
    return next.handle();
  }
}
