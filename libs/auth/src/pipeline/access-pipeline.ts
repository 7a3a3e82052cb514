import { Injectable } from '@nestjs/common';
import type { GuardName } from '#libs/access';
import type { AccessStep } from './access-step.js';
import { EmailDomainStep } from './email-domain-step.js';
import type { AccessDecision } from '../call/access-decision.js';
import { JwtAuthStep } from './jwt-auth-step.js';
import { PoliciesStep } from './policies-step.js';
import { RbacStep } from './rbac-step.js';
import { ScopesStep } from './scopes-step.js';
import { TenancyStep } from './tenancy-step.js';

/**
 * The one implementation of every access decision. The guards run it step by step,
 * `POST /auth/explain` runs all steps at once.
 *
 * Order: jwt-auth, email-domain, rbac, scopes, tenancy, policies. The first four use only the token
 * and the request and read no database; tenancy looks up rows; policies evaluate the results of the
 * others. A step writes only to the trace: the writes of an admission are planned into
 * `AccessContext.admission`.
 */
@Injectable()
export class AccessPipeline {
  /** The steps in the order in which they evaluate. */
  readonly steps: readonly AccessStep[];

  /**
   * @param emailDomain evaluates the caller's email address
   * @param rbac evaluates whether the route can be among those of the caller's role
   * @param scopes evaluates whether the caller's scopes cover the request
   * @param tenancy finds user, organisation, team and end user, and evaluates them
   * @param policies evaluates the written policies
   */
  constructor(
    jwtAuth: JwtAuthStep,
    emailDomain: EmailDomainStep,
    rbac: RbacStep,
    scopes: ScopesStep,
    tenancy: TenancyStep,
    policies: PoliciesStep,
  ) {
    this.steps = [jwtAuth, emailDomain, rbac, scopes, tenancy, policies];
  }

  /**
   * Runs one step.
   * @param call the call, evaluated by all earlier steps
   * @throws GatehouseError the step's refusal or failure, noted on the call
   */
  async evaluate(guard: GuardName, call: AccessDecision): Promise<void> {
    const step = this.steps.find((one) => one.guard === guard);
    if (step === undefined) throw new TypeError(`there is no step ${guard}`);
    await this.attempt(guard, call, () => step.evaluate(call));
  }

  /**
   * Runs every step.
   * @param call the call, not evaluated yet
   * @throws GatehouseError the first refusal or failure, noted on the call
   */
  async run(call: AccessDecision): Promise<void> {
    for (const step of this.steps) await this.evaluate(step.guard, call);
  }

  /**
   * Runs other work of a guard, such as reading the body, and notes its failure on the call.
   * @throws the error of the work, unchanged
   */
  async attempt<T>(guard: GuardName, call: AccessDecision, work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      call.fail(guard, error);
      throw error;
    }
  }
}
