import type { GuardName } from '#libs/access';
import type { JudgedCall } from './judged-call.js';

/** One guard's judgement, free of HTTP, so that explain runs the very same. */
export interface AccessStep {
  readonly guard: GuardName;
  /**
   * Judges a call and writes what it concluded into the call's trace. Writes nothing else.
   * @param call the call, judged by all earlier steps
   * @throws GatehouseError the refusal, or the failure of something that the step needs
   */
  judge(call: JudgedCall): void | Promise<void>;
}
