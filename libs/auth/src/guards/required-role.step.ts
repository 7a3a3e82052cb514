import { Injectable } from '@nestjs/common';
import { requirePermission } from '#libs/access';
import type { CallGuard, GuardedCall } from './call-guard.js';

/**
 * Enforces the role that a handler declares with `@Permission()`. The guards have admitted the
 * caller already; this check makes sure that a list of routes which is too wide gives an ordinary
 * user no administrative handler.
 */
@Injectable()
export class RequiredRoleStep implements CallGuard {
  /**
   * Lets a caller pass that has the declared role, and every caller where none is declared.
   * @throws GatehouseError `route_not_allowed`
   */
  check({ call, handler }: GuardedCall): void {
    const { requiredRole: role } = handler;
    if (role !== null) requirePermission({ role }, call.admitted);
  }
}
