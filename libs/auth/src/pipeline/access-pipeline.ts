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
 * The one implementation of every access decision: the guards run it step by step, `POST /auth/explain` at once.
 *
 * Order: jwt-auth, email-domain, rbac, scopes, tenancy, policies. The first four need the token and the request alone
 * and ask no database; tenancy looks rows up; policies evaluate what all of them found out. No step writes anything but the
 * trace: the writes that admitting a caller entails are planned into `AccessContext.admission`.
 */
@Injectable()
export class AccessPipeline {
  /** The steps in the order in which they evaluate. */
  readonly steps: readonly AccessStep[];

  /**
   * @param emailDomain whether its email address is acceptable
   * @param rbac whether the route can be among those of its role
   * @param scopes whether its scopes cover the request
   * @param tenancy for whom it is calling, and whether those may
   * @param policies whether the written policies let it pass
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
   * Runs work that belongs to a guard without being an evaluation, such as reading the body, and notes its failure.
   * @throws GatehouseError whatever the work throws
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
