import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { requestStateOf, requirePermission } from '#libs/access';
import { requiredRoleOf } from '../body/guarded-request.js';

/**
 * Enforces the role that a handler declares with `@Permission()`. The guards have admitted the
 * caller already; this check makes sure that a list of routes which is too wide gives an ordinary
 * user no administrative handler.
 */
@Injectable()
export class RequiredRoleInterceptor implements NestInterceptor {
  constructor(private readonly reflector: Reflector) {}

  /**
   * Continues when the caller has the declared role or none is declared.
   * @throws GatehouseError `route_not_allowed`
   * @throws TypeError on a route that no guard covered, which is a wiring defect
   */
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const role = requiredRoleOf(context, this.reflector);
    if (role !== null) {
      const { access } = requestStateOf(context.switchToHttp().getRequest<object>());
      if (access === undefined) throw new TypeError('a handler with a role has an unguarded route');
      requirePermission({ role }, access);
    }
    return next.handle();
  }
}
