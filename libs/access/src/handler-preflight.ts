import type { GatehouseError } from '#libs/common';
import type { ModelGrant } from './access-context.js';
import type { RequestedRoute } from './route-path.js';

/**
 * What receives a call: a handler behind the guards, an open one, or none; `other-method` is none for a path that has
 * handlers for other methods.
 */
export type HandlerAccess = 'guarded' | 'open' | 'none' | 'other-method';

/** A call that the guards have let pass. */
export interface AdmittedCall {
  readonly route: RequestedRoute;
  /** Models that the caller may use. */
  readonly models: ModelGrant;
  /** Top-level members of its body; `null` for a call without one. */
  readonly body: {
    /** The parsed value of one member, `undefined` when it is absent. */
    value(name: string): unknown;
  } | null;
}

/**
 * What is known of handlers without calling them. Whoever explains a call asks it, so that the answer is also right where
 * no guard is asked, or a handler refuses what the guards let pass. Answers from the configuration alone.
 */
export abstract class HandlerPreflight {
  /**
   * Who would receive a call.
   * @param method HTTP method as received
   * @param target request target as received
   */
  abstract receptionOf(method: string, target: string): HandlerAccess;

  /**
   * What the handler would refuse a call with, as far as route and model tell.
   * @param call a call that the guards have let pass
   * @returns `null` when nothing is known against it
   */
  abstract evaluate(call: AdmittedCall): GatehouseError | null;
}
