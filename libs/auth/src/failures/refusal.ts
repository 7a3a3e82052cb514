import { shownPath, type RequestedRoute } from '#libs/access';
import { GatehouseError, type ErrorCode, type GatehouseErrorOptions } from '#libs/common';

const MAX_SHOWN_ROUTE_LENGTH = 200;

/**
 * A refusal as plain data, so that policy stays pure and testable; a step turns it into the error.
 */
export interface Refusal {
  readonly code: ErrorCode;
  /** For the trace: what was checked and what was missing. Names and ids of the principal only. */
  readonly detail: string;
  /** True where {@link detail} holds neither an id nor a path, so that the log line of the call has it too. */
  readonly isLogged?: boolean;
  /** Path of the setting behind the refusal, `null` without one. */
  readonly configKey: string | null;
  /** Id or alias of the row that stands in the way, where the caller does not name just one. For remedies. */
  readonly obstacle?: string;
  /** What would let the next call through, if that follows from the check. */
  readonly remedy?: string;
  /**
   * Type, parameter, message or sufficient scopes of the response, if those of the catalogue do not
   * fit.
   */
  readonly response?: Pick<GatehouseErrorOptions, 'message' | 'type' | 'param' | 'scopes'>;
}

/** Returns the error of a refusal. */
export function refusalError(refusal: Refusal): GatehouseError {
  const { code, response, remedy, detail, configKey } = refusal;
  return new GatehouseError(code, {
    ...response,
    context: {
      ...(remedy === undefined ? {} : { remedy }),
      ...(refusal.isLogged === true ? { problem: detail, configKey } : {}),
    },
  });
}

/** A route as traces show it. */
export function shownRoute(route: RequestedRoute): string {
  return `${route.method} ${shownPath(route.path)}`.slice(0, MAX_SHOWN_ROUTE_LENGTH);
}
