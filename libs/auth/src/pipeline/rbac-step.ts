import { Injectable } from '@nestjs/common';
import type { GuardName } from '#libs/access';
import { GatehouseError } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { refusalError } from '../policy/refusal.js';
import {
  coveringGrant,
  possibleRouteGrants,
  routeRefusal,
  routesOf,
} from '../policy/route-permissions.js';
import type { AccessStep } from './access-step.js';
import type { JudgedCall } from './judged-call.js';

/**
 * Refuses routes that the caller cannot have, whatever its rows say. Where a row may add to or change what it has
 * (a soft team, an administrative role), the tenancy step judges the route again.
 */
@Injectable()
export class RbacStep implements AccessStep {
  readonly guard: GuardName = 'rbac';

  /** @param settings the lists of routes */
  constructor(private readonly settings: SettingsStore) {}

  /**
   * Judges the route by the token alone.
   * @param call an authenticated call
   * @throws GatehouseError `route_not_allowed`; `not_found` for a path that is not in normal form
   */
  judge(call: JudgedCall): void {
    if (call.route === null) throw new GatehouseError('not_found');
    const grants = possibleRouteGrants(call.verified, this.settings.current.jwt);
    call.allowedRoutes = routesOf(grants);
    const grant = coveringGrant(grants, call.route);
    if (grant === null) {
      const refusal = routeRefusal(grants, call.route);
      call.trace.refused(this.guard, refusal.code, refusal.detail, refusal.configKey);
      throw refusalError(refusal);
    }
    call.trace.passed(this.guard, `the route is one of those of ${grant.holder}`, grant.configKey);
  }
}
