import type { ModelAliases } from '../models/model-aliases.js';
import type { RbacRole, Role } from './role.js';

/** How a caller proved who it is; `anonymous` did not, on a route that needs no credential. */
export type CredentialKind =
  'master_key' | 'jwt' | 'userinfo' | 'introspection' | 'virtual_key' | 'anonymous';

/** Where the one team id of a credential comes from; `key` is a virtual key's own team. */
type TeamIdSource = 'claim' | 'default' | 'object_id' | 'soft' | 'key';

/** Every team that a credential names. Nothing has been looked up. */
export interface TeamClaims {
  /** The one team id, `null` when there is none. */
  readonly teamId: string | null;
  /** `soft` (from a client id of the token) makes an unknown team no refusal. */
  readonly source: TeamIdSource | null;
  readonly alias: string | null;
  /** Ids of the list claim in its order, without repetitions; `null` where the token has no such claim. */
  readonly listed: readonly string[] | null;
  /** True when a claim for one team is configured for this credential, so that naming none is a refusal. */
  readonly isRequired: boolean;
  /** What that claim names, where it is not an id. */
  readonly requiredField?: 'alias';
}

/** The teams of a credential that names none. */
export const NO_TEAMS: TeamClaims = Object.freeze({
  teamId: null,
  source: null,
  alias: null,
  listed: null,
  isRequired: false,
});

/** What a token lacks, for explanations. Names claims and settings, never a claim's value. */
export interface ClaimLack {
  /** Which claim was looked for, and what was found at it. */
  readonly detail: string;
  /** The smallest change that would let the next token through. */
  readonly remedy: string;
}

/** What a virtual key itself restricts. */
export interface KeyGrant {
  /** SHA-256 of the key, 64 lower-case hexadecimal digits. */
  readonly keyId: string;
  /** The id that a regenerated key had at first; left out for other keys. */
  readonly firstKeyId?: string;
  readonly alias: string | null;
  /** Empty is every model; `all-team-models` stands for those of its team. */
  readonly models: readonly string[];
  /** Empty is what its owner may; else group names, routes and `/path/*`. */
  readonly allowedRoutes: readonly string[];
  /** Configured endpoints that administrators of the gateway opened to it; left out for those of its team. */
  readonly passThroughRoutes?: readonly string[];
  /** Entries of {@link allowedRoutes} that open prefixes of providers, because an administrator of the gateway set them; left out for none. */
  readonly prefixRoutes?: readonly string[];
  /** Names that lead its calls to other models; left out for none. */
  readonly modelAliases?: ModelAliases;
  /** Tags of every request with the key; left out for none. */
  readonly tags?: readonly string[];
}

/**
 * The caller as its credential alone describes it. Frozen once built; ids have passed
 * `isIdentityText`.
 */
export interface Principal {
  readonly kind: CredentialKind;
  /** `iss` of the token; `null` for the master key and for virtual keys by themselves. */
  readonly issuer: string | null;
  /** `sub` of the token; `null` where there is none. */
  readonly subject: string | null;
  /**
   * Subject that the account is bound to where it is not {@link subject}: for an issuer with a template (`principal`) the
   * id that the template makes, because `sub` of one workload changes with the branch or environment.
   */
  readonly accountSubject?: string | null;
  /**
   * Account that the token maps to, after the claim mapping; `null` when it names none. `default_user_id` for the
   * master key.
   */
  readonly userId: string | null;
  /** Why {@link userId} is `null`; only where a user or a team is required and both are missing. */
  readonly userLack?: ClaimLack;
  /** Email claim as it stands in the token. */
  readonly email: string | null;
  /** Whether the issuer vouches for this very {@link email} (`email_verified`); `null` where it does not say. */
  readonly emailVerified: boolean | null;
  readonly teams: TeamClaims;
  /** Why {@link teams} names no team; only where one is required and missing. */
  readonly teamLack?: ClaimLack;
  /** Organisation claim. */
  readonly orgId: string | null;
  readonly orgAlias: string | null;
  /** End-user claim. */
  readonly endUserId: string | null;
  readonly agentId: string | null;
  /** Scopes of the token, in their order. */
  readonly scopes: readonly string[];
  /** Roles of the claim that `roles_jwt_field` names. */
  readonly roles: readonly string[];
  /**
   * Role whose entry of `role_permissions` applies. The first of these gives it: the admin scope,
   * `role_mappings`, `user_allowed_roles`, a team id, a user id. `null` when none does.
   */
  readonly rbacRole: RbacRole | null;
  /** Why {@link rbacRole} is `null`; only where a role is required and missing. */
  readonly roleLack?: ClaimLack;
  /**
   * Role that the token itself gives its bearer for this request (`jwt_litellm_role_map`, the custom-JWT guide's role
   * table), over that of its row; `null` gives none. Administrative only from an issuer that may assert it.
   */
  readonly role: Role | null;
  /** True for the master key and for a token with the admin scope of an issuer that may assert it. */
  readonly isAdmin: boolean;
  /** False where `gatehouse.admin_issuers` leaves the issuer out: no row and no role makes an administrator. */
  readonly mayAdminister: boolean;
  /** Every client id that the token names (`client_id`, `azp`, `appid`, `cid`); empty for a key. */
  readonly clientIds: readonly string[];
  /** `jti`. */
  readonly tokenId: string | null;
  /** `sid`. */
  readonly sessionId: string | null;
  /** `iat` in seconds since the Unix epoch. */
  readonly issuedAt: number | null;
  /** `auth_time` in seconds since the Unix epoch: when the user proved who it is. */
  readonly authenticatedAt: number | null;
  /**
   * The logout that the provider says did not end this token, although it is of the same second: the time up to which
   * that logout ends tokens, in milliseconds since the Unix epoch. Absent where there is none.
   */
  readonly outlivedLogoutMs?: number | null;
  /** Set where the request runs as a virtual key. */
  readonly key: KeyGrant | null;
  /** When that key expires, in milliseconds since the Unix epoch; absent for one that does not. */
  readonly keyExpiresAtMs?: number;
  /** Verified claims, for policies; never written anywhere. Empty for the master key and virtual keys. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Nothing that a credential would say. Its kind is that of a call without one. */
export const NO_CALLER: Principal = Object.freeze({
  kind: 'anonymous',
  issuer: null,
  subject: null,
  userId: null,
  email: null,
  emailVerified: null,
  teams: NO_TEAMS,
  orgId: null,
  orgAlias: null,
  endUserId: null,
  agentId: null,
  scopes: Object.freeze([]),
  roles: Object.freeze([]),
  rbacRole: null,
  role: null,
  isAdmin: false,
  mayAdminister: false,
  clientIds: [],
  tokenId: null,
  sessionId: null,
  issuedAt: null,
  authenticatedAt: null,
  key: null,
  claims: Object.freeze({}),
});
