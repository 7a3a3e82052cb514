import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { isModelRoute, RELAYS_BODY_METADATA } from '#libs/access';
import { GatehouseError } from '#libs/common';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import type { JudgedCall } from '../pipeline/judged-call.js';
import { guardedCall, isMarked } from './guarded-request.js';

/**
 * Third guard: afterwards the route can be among those of the caller's role. Asks no database, writes nothing.
 *
 * It also makes sure that what the router took for a model route is one by the catalogue. A router that reads a
 * path more generously, `/V1/chat/completions` for instance, would otherwise reach a relay whose model nobody judged.
 */
@Injectable()
export class RbacGuard implements CanActivate {
  /**
   * @param pipeline the steps
   * @param reflector marks of handlers
   */
  constructor(
    private readonly pipeline: AccessPipeline,
    private readonly reflector: Reflector,
  ) {}

  /**
   * Runs the step rbac on the call that the first guard opened; open routes have none.
   * @param context the handler and its request
   * @throws GatehouseError `route_not_allowed`, `not_found`
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const call = guardedCall(context);
    if (call === null) return true;
    await this.pipeline.judge('rbac', call);
    if (isMarked(context, this.reflector, RELAYS_BODY_METADATA)) {
      await this.pipeline.attempt('rbac', call, () => requireModelRoute(call));
    }
    return true;
  }
}

function requireModelRoute({ route }: JudgedCall): void {
  if (route === null || !isModelRoute(route)) throw new GatehouseError('not_found');
}
