import { Injectable } from '@nestjs/common';
import type { AccessContext, GuardName, RequestedRoute } from '#libs/access';
import { SettingsStore } from '#libs/config';
import { CONFIG_KEYS } from '../policy/config-keys.js';
import { policyInputOf } from '../policy/policy-input.js';
import { judgeUserParam } from '../policy/user-param.js';
import { compilePolicies, judgePolicies } from '../policy/written-policies.js';
import type { AccessStep } from './access-step.js';
import type { JudgedCall } from './judged-call.js';
import { namedModel } from './named-model.js';
import { refuseIf } from './refuse.js';

/**
 * Judges what can be judged only once everything about a call is known: whether it names an end user where it must, and
 * the written policies. Holds for every caller, the master key included.
 */
@Injectable()
export class PoliciesStep implements AccessStep {
  readonly guard: GuardName = 'policies';

  /** @param settings the policies */
  constructor(private readonly settings: SettingsStore) {}

  /**
   * Judges a call that the tables let pass.
   * @param call a call that all other steps let pass
   * @throws GatehouseError `policy_denied`; `request_invalid` where the end user is missing
   */
  judge(call: JudgedCall): void {
    const { route, access } = call;
    if (route === null || access === null)
      throw new TypeError('the tenancy step has not admitted the call');
    const { endUserId } = access.attribution;
    refuseIf(call, this.guard, judgeUserParam(this.settings.current.access, route, endUserId));
    this.judgePolicies(call, route, access);
  }

  private judgePolicies(call: JudgedCall, route: RequestedRoute, access: AccessContext): void {
    const { policies } = this.settings.current.access;
    if (policies.length === 0) {
      call.trace.skipped(this.guard, 'there are no written policies', CONFIG_KEYS.policies);
      return;
    }
    const input = policyInputOf(access, route, namedModel(call));
    const verdict = judgePolicies(compilePolicies(policies), input);
    for (const { detail, configKey } of verdict.conclusions) {
      call.trace.passed(this.guard, detail, configKey);
    }
    refuseIf(call, this.guard, verdict.refusal);
    const { detail, configKey } = verdict.allowedBy ?? {
      detail: 'no policy refuses the call',
      configKey: CONFIG_KEYS.policies,
    };
    call.trace.passed(this.guard, detail, configKey);
  }
}
