import { Injectable } from '@nestjs/common';
import {
  placeOfStatedTags,
  type AccessContext,
  type GuardName,
  type RequestedRoute,
} from '#libs/access';
import { SettingsStore } from '#libs/config';
import { type AccessDecision, namedModel, refuseIf } from '../call/access-decision.js';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import { PolicedModels } from '../policy/policed-models.js';
import { policyInputOf } from '../policy/policy-input.js';
import { modelOfRequest } from '../policy/requested-model.js';
import { evaluateClientTags, evaluateUserParam } from '../policy/role-permissions.js';
import { compilePolicies, evaluatePolicies } from '../policy/written-policies.js';
import type { AccessStep } from './access-step.js';

/**
 * Evaluates what can be evaluated only once everything about a call is known: whether it names an end user where it must, and
 * the written policies. Holds for every caller, the master key included.
 */
@Injectable()
export class PoliciesStep implements AccessStep {
  readonly guard: GuardName = 'policies';

  constructor(private readonly settings: SettingsStore) {}

  /**
   * Evaluates a call that the tables let pass.
   * @param call a call that all other steps let pass
   * @throws GatehouseError `policy_denied`; `request_invalid` where the end user is missing
   */
  evaluate(call: AccessDecision): void {
    const { route, access } = call;
    if (route === null || access === null)
      throw new TypeError('the tenancy step has not admitted the call');
    const { endUserId } = access.attribution;
    const settings = this.settings.current.access;
    refuseIf(call, this.guard, evaluateUserParam(settings, route, endUserId));
    const { headers } = call.request;
    const placeOfTags = () => placeOfStatedTags({ own: access.ownTags, headers, body: call.body });
    refuseIf(call, this.guard, evaluateClientTags(settings, access, placeOfTags));
    this.evaluatePolicies(call, route, access);
  }

  private evaluatePolicies(
    call: AccessDecision,
    route: RequestedRoute,
    access: AccessContext,
  ): void {
    const { policies } = this.settings.current.access;
    if (policies.length === 0) {
      call.trace.skipped(this.guard, 'there are no written policies', CONFIG_KEYS.policies);
      return;
    }
    const model = modelOfRequest(namedModel(call), route, access.models.aliases);
    const input = policyInputOf(access, route, model);
    const compiled = compilePolicies(policies);
    const result = evaluatePolicies(compiled, input);
    for (const { detail, configKey } of result.conclusions) {
      call.trace.passed(this.guard, detail, configKey);
    }
    refuseIf(call, this.guard, result.refusal);
    const { detail, configKey } = result.allowedBy ?? {
      detail: 'no policy refuses the call',
      configKey: CONFIG_KEYS.policies,
    };
    call.trace.passed(this.guard, detail, configKey);
    // A fallback is called for the same request, and a list of models must not show what a call would not get.
    const isAllowed = (name: string): boolean =>
      name === model ||
      evaluatePolicies(compiled, { ...input, request: { ...input.request, model: name } })
        .refusal === null;
    call.access = Object.freeze({ ...access, models: new PolicedModels(access.models, isAllowed) });
  }
}
