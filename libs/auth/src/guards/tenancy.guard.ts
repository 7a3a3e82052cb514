import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { guardedCall } from '../body/guarded-request.js';
import { AccessPipeline } from '../pipeline/access-pipeline.js';

/**
 * Fifth guard of the pipeline. Afterwards the user, organisation, team and end user of the call are known and may make
 * it. Plans writes and makes none.
 */
@Injectable()
export class TenancyGuard implements CanActivate {
  constructor(private readonly pipeline: AccessPipeline) {}

  /**
   * Runs the step tenancy on the call that the first guard opened; open routes have none.
   * @param context the handler and its request
   * @throws GatehouseError any 403 code of tenancy or of a model, `request_invalid`, `database_unavailable`
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const call = guardedCall(context);
    if (call !== null) await this.pipeline.evaluate('tenancy', call);
    return true;
  }
}
