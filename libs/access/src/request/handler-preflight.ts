import type { GatehouseError } from '#libs/common';
import type { AccessContext } from './access-context.js';
import type { DecisionTrace } from './decision-trace.js';
import type { RequiredRole } from './role.js';
import type { RequestedRoute } from '../routes/route-path.js';

/**
 * What receives a call: a handler behind the guards, an open one, or none; `other-method` is none
 * for a path that has handlers for other methods.
 */
export type HandlerAccess = 'guarded' | 'open' | 'none' | 'other-method';

/** A call that the guards have let pass. */
export interface AdmittedCall {
  readonly route: RequestedRoute;
  readonly access: AccessContext;
  /** Top-level members of its body; `null` for a call without one. */
  readonly body: {
    /** The parsed value of one member, `undefined` when it is absent. */
    value(name: string): unknown;
  } | null;
  /** Receives what the handler would note about the call. */
  readonly trace: DecisionTrace;
}

/**
 * Tells how the handlers would receive a call, without calling them and
 * without side effects. An explanation uses it, so that it is also right for routes without guards
 * and for calls that the guards admit and a handler refuses.
 */
export abstract class HandlerPreflight {
  /**
   * Returns which kind of handler would receive a call.
   * @param method HTTP method as received
   * @param target request target as received
   */
  abstract receptionOf(method: string, target: string): HandlerAccess;

  /** Returns the role that the handler of a route demands; `null` without one. */
  abstract requiredRoleOf(route: RequestedRoute): RequiredRole | null;

  /**
   * Returns the error with which the handler would refuse an admitted call because of its route,
   * the caller's role, the model or the cost.
   * @returns `null` when the handler would accept it
   */
  abstract evaluate(call: AdmittedCall): Promise<GatehouseError | null>;
}
