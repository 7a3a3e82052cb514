import { Injectable } from '@nestjs/common';
import type { GuardName } from '#libs/access';
import { SettingsStore } from '#libs/config';
import { type AccessDecision, namedModel, refuseIf } from '../call/access-decision.js';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import { isPublicRoute } from '../policy/granted-routes.js';
import { ListedModels, modelCatalogueOf, scopeList } from '../policy/model-permissions.js';
import { evaluateScopedRoute, scopeMappingsFor } from '../policy/scope-mapping.js';
import type { AccessStep } from './access-step.js';

/** Refuses routes and models that no scope of a token opens, where `scope_mappings` are enforced. */
@Injectable()
export class ScopesStep implements AccessStep {
  readonly guard: GuardName = 'scopes';

  constructor(private readonly settings: SettingsStore) {}

  /**
   * Evaluates route and model by the scopes alone. A model in a body that has not been read yet, and a name that no model
   * has, are evaluated by the tenancy step, by the same list.
   * @throws GatehouseError `scope_insufficient`, with the scopes that would have sufficed
   */
  evaluate(call: AccessDecision): void {
    const { route, verified: principal, trace } = call;
    const settings = this.settings.current;
    const { jwt, access } = settings;
    if (route === null) throw new TypeError('the rbac step lets no such path pass');
    if (scopeMappingsFor(principal, jwt) === null) {
      trace.skipped(this.guard, 'access does not depend on scopes', CONFIG_KEYS.scopeAccess);
      return;
    }
    const catalogue = modelCatalogueOf(settings);
    const name = namedModel(call);
    if (!isPublicRoute(access, route)) {
      const model = name === null ? null : catalogue.grantedModel(name);
      refuseIf(call, this.guard, evaluateScopedRoute(principal, jwt, { route, model }));
    }
    // Another name may be an alias of a team.
    if (name !== null && catalogue.has(name)) {
      const models = new ListedModels(scopeList(principal, jwt), catalogue);
      refuseIf(call, this.guard, models.evaluate(name));
    }
    trace.passed(this.guard, 'the scopes of the token suffice', CONFIG_KEYS.scopeMappings);
  }
}
