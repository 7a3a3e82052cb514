import type { Principal } from './principal.js';
import type { Role } from './role.js';

/** To whom a call is booked. Plain ids, copied onto the spend row. */
export interface Attribution {
  readonly issuer: string | null;
  readonly subject: string | null;
  readonly keyId: string | null;
  readonly userId: string | null;
  readonly teamId: string | null;
  readonly orgId: string | null;
  readonly endUserId: string | null;
}

/** Which models a caller may use. */
export interface ModelGrant {
  /**
   * Tells whether a model group may be used.
   * @param model the name that a client would put into `model`
   */
  mayUse(model: string): boolean;
}

/** The writes that admitting a caller entails (a first user row, a membership), not yet made. */
export interface Admission {
  /**
   * Makes the planned writes. Idempotent; called after the last point at which the call could be
   * refused. Concurrent first calls create one row.
   * @throws GatehouseError `database_unavailable`
   */
  commit(): Promise<void>;
}

/** Everything that was decided about one request. Frozen; the only thing that handlers learn of the caller. */
export interface AccessContext {
  readonly requestId: string;
  readonly decisionId: string;
  readonly clientRequestId: string | null;
  readonly principal: Principal;
  readonly role: Role;
  readonly attribution: Attribution;
  readonly models: ModelGrant;
  readonly admission: Admission;
}

/**
 * Tells whether the caller administers the gateway.
 * @param access the request's context
 */
export function isProxyAdmin(access: AccessContext): boolean {
  return access.role === 'proxy_admin';
}
