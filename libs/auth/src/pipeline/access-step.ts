import type { GuardName } from '#libs/access';
import type { AccessDecision } from '../call/access-decision.js';

/** One guard's evaluation, free of HTTP, so that explain runs the very same. */
export interface AccessStep {
  readonly guard: GuardName;
  /**
   * Evaluates a call and writes what it concluded into the call's trace. Writes nothing else.
   * @param call the call, evaluated by all earlier steps
   * @throws GatehouseError the refusal, or the failure of something that the step needs
   */
  evaluate(call: AccessDecision): void | Promise<void>;
}
