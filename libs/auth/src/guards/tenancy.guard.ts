import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { RELAYS_BODY_METADATA, requestStateOf } from '#libs/access';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import { guardedCall, isMarked } from './guarded-request.js';

/**
 * Last guard: afterwards the request carries its access context. The only guard that may write: rows that the
 * admission entails, and only here for handlers that take a DTO. Handlers that relay a body commit them after the
 * last point at which they can refuse, so a refused caller leaves nothing behind (decision 2.26).
 */
@Injectable()
export class TenancyGuard implements CanActivate {
  /**
   * @param pipeline the steps
   * @param reflector marks of handlers
   */
  constructor(
    private readonly pipeline: AccessPipeline,
    private readonly reflector: Reflector,
  ) {}

  /**
   * Runs the step tenancy on the call that the first guard opened; open routes have none.
   * @param context the handler and its request
   * @throws GatehouseError any 403 code of tenancy or of a model, `request_invalid`, `database_unavailable`
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const call = guardedCall(context);
    if (call === null) return true;
    await this.pipeline.judge('tenancy', call);
    const { access } = call;
    if (access === null) throw new TypeError('the tenancy step left no access context');
    if (!isMarked(context, this.reflector, RELAYS_BODY_METADATA)) {
      await this.pipeline.attempt('tenancy', call, () => access.admission.commit());
    }
    requestStateOf(context.switchToHttp().getRequest<object>()).access = access;
    return true;
  }
}
