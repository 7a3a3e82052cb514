import { Inject, Injectable } from '@nestjs/common';
import type { GuardName } from '#libs/access';
import { withFailure } from '#libs/common';
import type { AccessStep } from './access-step.js';
import { DecisionCache } from './decision-cache.js';
import type { AccessDecision } from '../call/access-decision.js';

/** Injection token of the ordered list of steps. */
export const ACCESS_STEPS = Symbol('access steps');

/**
 * The one implementation of every access decision. The guards run it step by step,
 * `POST /auth/explain` runs all steps at once.
 *
 * Order: jwt-auth, email-domain, rbac, scopes, tenancy, policies. The first four use only the token
 * and the request and read no database; tenancy looks up rows; policies evaluate the results of the
 * others. A step writes only to the trace: the writes of an admission are planned into
 * `AccessContext.admission`. What was decided once is decided again from memory, with the same
 * trace, as long as nothing has changed that it was decided by ({@link DecisionCache}).
 */
@Injectable()
export class AccessPipeline {
  private readonly steps: ReadonlyMap<GuardName, AccessStep>;

  /**
   * @param steps in the order in which they evaluate
   * @param decisions the memory of admitted calls
   */
  constructor(
    @Inject(ACCESS_STEPS) steps: readonly AccessStep[],
    private readonly decisions: DecisionCache,
  ) {
    this.steps = new Map(steps.map((step) => [step.guard, step]));
  }

  /**
   * Runs one step. Returns a promise only where it has to wait.
   * @param call the call, evaluated by all earlier steps
   * @throws GatehouseError the step's refusal or failure, noted on the call
   */
  evaluate(guard: GuardName, call: AccessDecision): void | Promise<void> {
    const step = this.steps.get(guard);
    if (step === undefined) throw new TypeError(`there is no step ${guard}`);
    if (guard === 'jwt-auth') return this.attempt(guard, call, () => step.evaluate(call));
    if (guard === 'email-domain') call.isRepeated = this.decisions.repeat(call);
    if (call.isRepeated) return;
    const done = this.attempt(guard, call, () =>
      this.decisions.during(call, () => step.evaluate(call)),
    );
    if (guard === 'policies' && done === undefined) this.decisions.keep(call);
    return done;
  }

  /**
   * Runs every step.
   * @param call the call, not evaluated yet
   * @throws GatehouseError the first refusal or failure, noted on the call
   */
  async run(call: AccessDecision): Promise<void> {
    for (const guard of this.steps.keys()) await this.evaluate(guard, call);
  }

  /**
   * Runs other work of a guard, such as reading the body, and notes its failure on the call.
   * @throws the error of the work, unchanged
   */
  attempt<T>(guard: GuardName, call: AccessDecision, work: () => T | Promise<T>): T | Promise<T> {
    return withFailure(work, (error) => {
      call.fail(guard, error);
    });
  }
}
