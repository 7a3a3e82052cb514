import { Injectable } from '@nestjs/common';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import { afterwards, type CallGuard, type GuardedCall } from './call-guard.js';
import { requireEvaluatedHandler } from './handler-route.js';

/**
 * Third guard: afterwards the route can be among those of the caller's role. Asks no database, writes nothing.
 *
 * It also makes sure that the router chose the handler of the very route that is evaluated here and in the steps behind.
 */
@Injectable()
export class RbacGuard implements CallGuard {
  constructor(private readonly pipeline: AccessPipeline) {}

  /**
   * Runs the step rbac.
   * @throws GatehouseError `route_not_allowed`, `not_found`
   */
  check({ call, request, handler }: GuardedCall): void | Promise<void> {
    return afterwards(this.pipeline.evaluate('rbac', call), () =>
      this.pipeline.attempt('rbac', call, () => {
        requireEvaluatedHandler(request.route.path, call.route, handler.relays !== null);
      }),
    );
  }
}
