import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { RELAYS_BODY_METADATA } from '#libs/access';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import { passes } from './passes.js';
import { guardedCall, isMarked } from '../body/guarded-request.js';
import { requireEvaluatedHandler } from './handler-route.js';

/** What the router notes on a request: the template of the handler that it chose. */
interface RoutedRequest {
  readonly route: { readonly path: unknown };
}

/**
 * Third guard: afterwards the route can be among those of the caller's role. Asks no database, writes nothing.
 *
 * It also makes sure that the router chose the handler of the very route that is evaluated here and in the steps behind.
 */
@Injectable()
export class RbacGuard implements CanActivate {
  constructor(
    private readonly pipeline: AccessPipeline,
    private readonly reflector: Reflector,
  ) {}

  /**
   * Runs the step rbac on the call that the first guard opened; open routes have none.
   * @param context the handler and its request
   * @throws GatehouseError `route_not_allowed`, `not_found`
   */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const call = guardedCall(context);
    if (call === null) return true;
    return passes(this.pipeline.evaluate('rbac', call), () => {
      const { route } = context.switchToHttp().getRequest<RoutedRequest>();
      const isRelayed = isMarked(context, this.reflector, RELAYS_BODY_METADATA);
      return this.pipeline.attempt('rbac', call, () => {
        requireEvaluatedHandler(route.path, call.route, isRelayed);
      });
    });
  }
}
