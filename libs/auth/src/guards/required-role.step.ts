import { Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { requestStateOf, requirePermission } from '#libs/access';
import { requiredRoleOf } from '../body/guarded-request.js';
import type { HandlerStep } from './handler-step.js';

/**
 * Enforces the role that a handler declares with `@Permission()`. The guards have admitted the
 * caller already; this check makes sure that a list of routes which is too wide gives an ordinary
 * user no administrative handler.
 */
@Injectable()
export class RequiredRoleStep implements HandlerStep {
  constructor(private readonly reflector: Reflector) {}

  /**
   * Lets a caller pass that has the declared role, and every caller where none is declared.
   * @throws GatehouseError `route_not_allowed`
   * @throws TypeError on a route that no guard covered, which is a wiring defect
   */
  prepare(context: ExecutionContext): void {
    const role = requiredRoleOf(context, this.reflector);
    if (role === null) return;
    const { access } = requestStateOf(context.switchToHttp().getRequest<object>());
    if (access === undefined) throw new TypeError('a handler with a role has an unguarded route');
    requirePermission({ role }, access);
  }
}
