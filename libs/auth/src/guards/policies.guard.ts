import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { requestStateOf } from '#libs/access';
import { guardedCall } from '../body/guarded-request.js';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import { passes } from './passes.js';

/** Last guard. Afterwards the request carries its access context. Writes nothing. */
@Injectable()
export class PoliciesGuard implements CanActivate {
  constructor(private readonly pipeline: AccessPipeline) {}

  /**
   * Runs the step policies on the call that the first guard opened; open routes have none.
   * @param context the handler and its request
   * @throws GatehouseError `policy_denied`, `request_invalid`
   */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const call = guardedCall(context);
    if (call === null) return true;
    return passes(this.pipeline.evaluate('policies', call), () => {
      requestStateOf(context.switchToHttp().getRequest<object>()).access = call.admitted;
    });
  }
}
