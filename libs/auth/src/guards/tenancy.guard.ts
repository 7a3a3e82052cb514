import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { guardedCall } from '../body/guarded-request.js';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import { passes } from './passes.js';

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
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const call = guardedCall(context);
    return call === null || passes(this.pipeline.evaluate('tenancy', call));
  }
}
