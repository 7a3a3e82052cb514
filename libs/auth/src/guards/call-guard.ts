import type { ReadRequest } from '../body/kept-body.js';
import type { HandlerTraits } from './handler-traits.js';

/** A request to a guarded handler, and the call that it has become. */
export interface GuardedCall extends ReadRequest {
  readonly request: ReadRequest['request'] & {
    readonly method: string;
    /** What the router notes: the template of the handler that it chose. */
    readonly route: { readonly path: unknown };
  };
  readonly handler: HandlerTraits;
}

/** One of the guards that a call passes, in the order of the module, before its handler is called. */
export interface CallGuard {
  /**
   * Lets the call pass. Returns a promise only where it has to wait.
   * @throws GatehouseError what the guard refuses
   */
  check(guarded: GuardedCall): void | Promise<void>;
}

/** Injection token of the ordered list of guards. */
export const CALL_GUARDS = Symbol('call guards');

/**
 * Continues behind a step of the pipeline: at once where the step did not have to wait.
 * @param step what the pipeline returned
 */
export function afterwards(
  step: void | Promise<void>,
  next: () => void | Promise<void>,
): void | Promise<void> {
  return step instanceof Promise ? step.then(next) : next();
}
