import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import { passes } from './passes.js';
import { guardedCall } from '../body/guarded-request.js';

/** Fourth guard: afterwards the scopes of the token cover the request. Asks no database, writes nothing. */
@Injectable()
export class ScopesGuard implements CanActivate {
  constructor(private readonly pipeline: AccessPipeline) {}

  /**
   * Runs the step scopes on the call that the first guard opened; open routes have none.
   * @param context the handler and its request
   * @throws GatehouseError `scope_insufficient`
   */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const call = guardedCall(context);
    return call === null || passes(this.pipeline.evaluate('scopes', call));
  }
}
