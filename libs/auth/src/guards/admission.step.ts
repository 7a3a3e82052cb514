import { Injectable } from '@nestjs/common';
import type { AccessDecision } from '../call/access-decision.js';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import { RevocableCalls } from '../revocation/revocable-calls.js';
import type { CallGuard, GuardedCall } from './call-guard.js';

/**
 * Completes the admission of a call that every guard has admitted: refuses it when its access was revoked meanwhile,
 * then commits the planned rows of a first call. Handlers that relay a body commit these rows themselves, after the
 * last point at which they can refuse, so that a refused call leaves no row (docs/adr/0003-guard-order.md).
 */
@Injectable()
export class AdmissionStep implements CallGuard {
  constructor(
    private readonly pipeline: AccessPipeline,
    private readonly liveCalls: RevocableCalls,
  ) {}

  /**
   * Lets the admitted call go on.
   * @throws GatehouseError `token_revoked`, `user_blocked`, `team_blocked`, `key_blocked`, `user_unknown`,
   *   `team_unknown`, `key_unknown`, `database_unavailable`
   */
  check({ call, handler }: GuardedCall): void | Promise<void> {
    return this.pipeline.attempt('policies', call, () =>
      handler.relays === null ? this.commit(call) : this.liveCalls.admit(call),
    );
  }

  private async commit(call: AccessDecision): Promise<void> {
    await this.liveCalls.admit(call);
    await call.admitted.admission.commit();
  }
}
