import { Injectable } from '@nestjs/common';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import type { CallGuard, GuardedCall } from './call-guard.js';

/**
 * Fifth guard of the pipeline. Afterwards the user, organisation, team and end user of the call are known and may make
 * it. Plans writes and makes none.
 */
@Injectable()
export class TenancyGuard implements CallGuard {
  constructor(private readonly pipeline: AccessPipeline) {}

  /**
   * Runs the step tenancy.
   * @throws GatehouseError any 403 code of tenancy or of a model, `request_invalid`, `database_unavailable`
   */
  check({ call }: GuardedCall): void | Promise<void> {
    return this.pipeline.evaluate('tenancy', call);
  }
}
