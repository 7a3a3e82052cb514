import { Injectable } from '@nestjs/common';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import { afterwards, type CallGuard, type GuardedCall } from './call-guard.js';

/** Last guard of the pipeline. Afterwards the request carries its access context. Writes nothing. */
@Injectable()
export class PoliciesGuard implements CallGuard {
  constructor(private readonly pipeline: AccessPipeline) {}

  /**
   * Runs the step policies.
   * @throws GatehouseError `policy_denied`, `request_invalid`
   */
  check({ call, state }: GuardedCall): void | Promise<void> {
    return afterwards(this.pipeline.evaluate('policies', call), () => {
      state.access = call.admitted;
    });
  }
}
