import { Injectable } from '@nestjs/common';
import type { GuardName, RequestedRoute } from '#libs/access';
import { GatehouseError } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { type AccessDecision, namedModel, refuseIf } from '../call/access-decision.js';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import { isPublicRoute, grantedRoutesOf } from '../policy/granted-routes.js';
import { ListedModels, modelCatalogueOf, roleList } from '../policy/model-permissions.js';
import { isRoleEnforced, evaluateRole } from '../policy/role-permissions.js';
import { coveringGrant, routeRefusal } from '../policy/route-grant.js';
import {
  evaluateServed,
  ownRouteGrants,
  possibleRouteGrants,
} from '../policy/route-permissions.js';
import type { AccessStep } from './access-step.js';

/**
 * Refuses routes that are not served, routes that no row could open to the caller, and routes and
 * models that the role of a token does not include. Where a row (a team, an administrative role) may
 * change the caller's routes, the tenancy step evaluates the route again.
 */
@Injectable()
export class RbacStep implements AccessStep {
  readonly guard: GuardName = 'rbac';

  /** @param settings the lists of routes, and what roles may do */
  constructor(private readonly settings: SettingsStore) {}

  /**
   * Evaluates the route, and on routes that call models the model, by the credential only.
   * @throws GatehouseError `route_not_allowed`, `role_missing`, `model_not_allowed`; `not_found` for a path that is not
   *   in normal form
   */
  evaluate(call: AccessDecision): void {
    const { route, verified: principal, trace } = call;
    if (route === null) throw new GatehouseError('not_found');
    const settings = this.settings.current;
    refuseIf(call, this.guard, evaluateServed(settings.access, route));
    const grants = possibleRouteGrants(principal, settings);
    call.routes = grantedRoutesOf(principal, settings, ownRouteGrants(principal, settings));
    const grant = coveringGrant(grants, route);
    if (grant === null) {
      refuseIf(call, this.guard, routeRefusal(grants, route));
      return;
    }
    trace.passed(this.guard, `the route is one of those of ${grant.holder}`, grant.configKey);
    this.evaluateRole(call, route);
  }

  private evaluateRole(call: AccessDecision, route: RequestedRoute): void {
    const { verified: principal, trace } = call;
    const settings = this.settings.current;
    const { jwt, access } = settings;
    if (!isRoleEnforced(principal, jwt.rbac)) return;
    if (!isPublicRoute(access, route)) {
      refuseIf(call, this.guard, evaluateRole(principal, jwt.rbac, route));
    }
    const model = namedModel(call);
    const catalogue = modelCatalogueOf(settings);
    // Another name may be an alias of a team: the tenancy step evaluates it.
    if (model !== null && catalogue.has(model)) {
      const models = new ListedModels(roleList(principal, jwt), catalogue);
      refuseIf(call, this.guard, models.evaluate(model));
    }
    const role = principal.rbacRole ?? 'none';
    trace.passed(this.guard, `the role may do this: ${role}`, CONFIG_KEYS.rolePermissions);
  }
}
