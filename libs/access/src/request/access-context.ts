import type { EndUserModels } from '../models/end-user-models.js';
import type { ModelAliases } from '../models/model-aliases.js';
import type { Principal } from './principal.js';
import type { Role, UserRole } from './role.js';
import type { Withdrawal } from './withdrawal.js';

/** The ids that the spend of a call is booked to, as they are copied onto its spend row. */
export interface Attribution {
  readonly issuer: string | null;
  readonly subject: string | null;
  readonly keyId: string | null;
  /** The id that a regenerated key had at first, under which its budgets are kept; left out for other keys. */
  readonly firstKeyId?: string;
  readonly userId: string | null;
  readonly teamId: string | null;
  readonly orgId: string | null;
  readonly endUserId: string | null;
}

/** That of a call of which nothing is known. */
export const NO_ATTRIBUTION: Attribution = Object.freeze({
  issuer: null,
  subject: null,
  keyId: null,
  userId: null,
  teamId: null,
  orgId: null,
  endUserId: null,
});

/** Which models a caller may use. */
export interface ModelGrant {
  /** Names of single models that its lists spell out, each once; left out where it has no lists. */
  readonly named?: readonly string[];
  /** Names that lead the caller to other models; left out for none. */
  readonly aliases?: ModelAliases | undefined;
  /**
   * Tells whether a model group may be used.
   * @param model the name that counts, after {@link aliases}
   */
  mayUse(model: string): boolean;
}

/** The writes that admitting a caller entails (a first user row, a membership), not yet made. */
export interface Admission {
  /**
   * Makes the planned writes. Idempotent; called after the last point at which the call could be
   * refused. Concurrent first calls create one row. Returns no promise when there is nothing to write.
   * @throws GatehouseError `database_unavailable`
   */
  commit(): void | Promise<void>;
}

/** Everything that was decided about one request. Frozen; the only thing that handlers learn of the caller. */
export interface AccessContext {
  readonly requestId: string;
  readonly decisionId: string;
  readonly clientRequestId: string | null;
  readonly principal: Principal;
  readonly role: Role;
  /** Role of the user's row, also where it does not count for this call; `null` for none. */
  readonly storedRole: UserRole | null;
  /** Ids of the organisations that the caller administers; each once. */
  readonly administeredOrganizations: readonly string[];
  readonly attribution: Attribution;
  /** Tags that the key and the team set for every request; each once. */
  readonly ownTags: readonly string[];
  /** All tags of the request, {@link ownTags} first; of a request that calls no model none. See `requestTagsOf`. */
  readonly tags: readonly string[];
  readonly models: ModelGrant;
  /** What the end user of the call demands of its model; `null` for nothing. */
  readonly endUserModels: EndUserModels | null;
  /**
   * Lists of routes that hold for the caller's token and would not hold for a virtual key, each of which must cover a
   * route; empty does not restrict.
   */
  readonly routeLimits: readonly (readonly string[])[];
  /**
   * Lists of models that restrict the caller's token and would not restrict a virtual key. Each must
   * grant a model; empty does not restrict.
   */
  readonly modelLimits: readonly (readonly string[])[];
  readonly admission: Admission;
  /** Tells when the access is taken back while the request runs. */
  readonly withdrawal: Withdrawal;
}

/**
 * Tells whether the caller administers the gateway.
 * @param access the request's context
 */
export function isProxyAdmin(access: AccessContext): boolean {
  return access.role === 'proxy_admin';
}
