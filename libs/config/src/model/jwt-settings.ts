import type { RbacRole, Role } from '#libs/access';

/** How key sets are fetched. */
interface JwksSettings {
  /** Whole fetch, default 5000. */
  readonly timeoutMs: number;
  /** Largest document, default 524288. */
  readonly maxBytes: number;
  /** Pause between refreshes that an unknown key id asks for, default 30. */
  readonly cooldownSeconds: number;
  /** Allows plain http beyond loopback, default false. */
  readonly allowHttp: boolean;
}

/**
 * The place of one value in a token, and its transformations. The first path that is present counts; then, in this
 * order and on every string of the value: `split`, `stripPrefix`, `regex`, `lower`, `map`.
 */
export interface ClaimField {
  /** Claim paths, the first present wins; never empty. */
  readonly paths: readonly string[];
  /** Separator at which a string is split into a list; empty parts are dropped. */
  readonly split: string | null;
  /** Prefix that is removed from a string; a string without it stays unchanged. */
  readonly stripPrefix: string | null;
  /**
   * RE2 pattern that must match somewhere in a text; its first group, else the whole match, is the value. A text that
   * does not match counts as absent.
   */
  readonly regex: string | null;
  /** Makes ASCII letters small. */
  readonly lower: boolean;
  /** Replaces a text by what stands beside it; `null` replaces nothing. A text that is not listed counts as absent. */
  readonly map: Readonly<Record<string, string>> | null;
}

/** Which claim is what. `null` is "no claim". */
export interface ClaimFields {
  /** Account; `null` takes the email. */
  readonly userId: ClaimField | null;
  readonly userEmail: ClaimField | null;
  /** One team id. Configured and absent is a refusal, unless there is a default. */
  readonly teamId: ClaimField | null;
  /** True consults `client_id`, else `azp`, softly while {@link teamId} is `null`. */
  readonly isTeamSoft: boolean;
  /** True lets tokens in that name no team though a claim for one is configured, as the custom-JWT guide does. */
  readonly isTeamOptional: boolean;
  /** List of team ids. */
  readonly teamIds: ClaimField | null;
  readonly teamAlias: ClaimField | null;
  readonly orgId: ClaimField | null;
  readonly orgAlias: ClaimField | null;
  readonly endUserId: ClaimField | null;
  /** Roles compared with `user_allowed_roles`. */
  readonly userRoles: ClaimField | null;
  /** Roles for `role_mappings` and `jwt_litellm_role_map`. */
  readonly roles: ClaimField | null;
  /** Id of a team or a user, by the role of the token. */
  readonly objectId: ClaimField | null;
  readonly agentId: ClaimField | null;
  /** Claim that is looked up in the mappings from tokens to virtual keys. */
  readonly virtualKey: ClaimField | null;
  /** Scopes, default `scope`. */
  readonly scope: ClaimField;
  /**
   * Role of the caller by name, of the custom-JWT guide (`user_role`). Where it is configured, a token without it, or
   * with a string that is not a role, is an internal user; the row of the user does not count.
   */
  readonly userRole: ClaimField | null;
}

/** Which audiences a token may have; one hit suffices. */
export interface AudienceRule {
  /** Exact values. */
  readonly values: readonly string[];
  /** Patterns with `*` and `?`. */
  readonly patterns: readonly string[];
  /** Hosts: an audience that is an address at or below one of them. */
  readonly domains: readonly string[];
}

/** Vendors whose tokens have a preset. */
export const ISSUER_PRESETS = [
  'keycloak',
  'entra',
  'okta',
  'auth0',
  'google',
  'github-actions',
  'gitlab',
  'kubernetes',
  'spiffe',
] as const;

/** Name of a preset. */
export type IssuerPreset = (typeof ISSUER_PRESETS)[number];

/** A claim that must hold one of the listed values, so that not every user of the issuer gets in. */
export interface BoundClaim {
  /** Claim path. */
  readonly path: string;
  /** Exact values, or patterns with `*` and `?`; a list in the token needs one hit. Never empty. */
  readonly values: readonly string[];
}

/** Properties that distinguish the access tokens of an issuer from the other tokens that its keys sign. */
export interface AccessTokenRule {
  /** An access token has one of them; empty demands none. */
  readonly marks: readonly BoundClaim[];
  /** Claims that no access token of the issuer has. */
  readonly excludedClaims: readonly string[];
}

/** A trusted issuer: whose keys verify, what must hold of its tokens, what its claims mean. */
export interface IssuerSettings {
  /** Where it is configured, for traces: `JWT_PUBLIC_KEY_URL`, `gatehouse.issuers[0]`, … */
  readonly configPath: string;
  /** What `iss` must be, exactly; `null` (only of the global entry) leaves it unchecked. */
  readonly issuer: string | null;
  /** The entry of `JWT_PUBLIC_KEY_URL`, which takes the tokens that no other entry is for. Stands last. */
  readonly isGlobal: boolean;
  readonly preset: IssuerPreset | null;
  /** Key-set or discovery addresses, tried in order, each on its own. */
  readonly keyUrls: readonly string[];
  /** Public keys or certificates in PEM form in place of, or beside, key sets. */
  readonly publicKeys: readonly string[];
  /** `null` leaves `aud` unchecked. */
  readonly audience: AudienceRule | null;
  /** JWS algorithms that its tokens may have; `null` is every asymmetric one. */
  readonly algorithms: readonly string[] | null;
  /** True refuses tokens whose header names no key; otherwise the only key there is verifies them. */
  readonly isKeyIdRequired: boolean;
  /** Claims that must be there, besides what the settings for all ask for. */
  readonly requiredClaims: readonly string[];
  /** All must hold; a token that fails one is not verified. */
  readonly boundClaims: readonly BoundClaim[];
  readonly accessTokens: AccessTokenRule;
  /** Header `typ` values that its tokens may have besides those accepted of all. */
  readonly acceptedTypes: readonly string[];
  /** The issuer's own fields over the global ones. */
  readonly claims: ClaimFields;
  /**
   * Text that makes the user id of workload tokens, with claim paths in braces: `repo:{repository}:{ref}`. Wins over
   * {@link ClaimFields.userId}; absent claims leave no user id.
   */
  readonly principalTemplate: string | null;
}

/** A role of a token and the role that it stands for here. */
interface RoleMapping {
  readonly role: string;
  readonly internalRole: RbacRole;
}

/** Permissions of one role; `null` does not restrict, an empty list allows nothing. */
export interface RolePermission {
  readonly role: RbacRole;
  readonly models: readonly string[] | null;
  readonly routes: readonly string[] | null;
}

/** `enforce_rbac` and what belongs to it. */
export interface RbacSettings {
  /** `litellm_jwtauth.enforce_rbac`: a role must be there, and its permissions hold. */
  readonly enforceRole: boolean;
  /** `general_settings.enforce_rbac`: a user or team id must be there. */
  readonly enforceIdentity: boolean;
  /** Roles that count as internal user; `null` none is configured. */
  readonly userAllowedRoles: readonly string[] | null;
  readonly roleMappings: readonly RoleMapping[];
  readonly rolePermissions: readonly RolePermission[];
}

/** Routes and models that one scope opens; a list that is `null` is not part of this mapping. */
export interface ScopeMapping {
  readonly scope: string;
  readonly models: readonly string[] | null;
  readonly routes: readonly string[] | null;
}

/** The directory that is asked for groups which a token only points at (`hasgroups`, `_claim_names`). */
export interface GroupOverageSettings {
  /**
   * Graph-compatible endpoint; `{oid}` is the `oid` claim. Default
   * `https://graph.microsoft.com/v1.0/users/{oid}/transitiveMemberOf/microsoft.graph.group?$select=id`.
   */
  readonly endpoint: string;
  /** Token endpoint of the client-credentials grant; `null` sends the caller's own token. */
  readonly tokenUrl: string | null;
  readonly clientId: string | null;
  /** Secret. */
  readonly clientSecret: string | null;
  readonly scope: string | null;
  /** Seconds that the groups of a subject are remembered, default 300. */
  readonly cacheSeconds: number;
}

/** How a call finds its team. */
export interface TeamClaimSettings {
  /** `team_id_default`. */
  readonly defaultTeamId: string | null;
  readonly teamIdUpsert: boolean;
  /** `enforce_team_based_model_access`: no team at all is a refusal. */
  readonly isTeamRequiredForModels: boolean;
  /** `team_claim_fallback`: claims that name no known team give way to the user's single team. */
  readonly claimFallback: boolean;
  /** `fallback_to_db_teams`: tokens without team claims use the user's memberships. */
  readonly databaseFallback: boolean;
  /** Add the user to the team of its token, default true. */
  readonly addUserToTeam: boolean;
  /** `sync_user_role_and_teams`. */
  readonly syncUser: boolean;
  /** `jwt_litellm_role_map`: globs over roles, first entry that matches any role of the token. */
  readonly roleMap: readonly { readonly jwtRole: string; readonly role: Role }[];
  /** `null`: an overage is refused. */
  readonly overage: GroupOverageSettings | null;
}

/** JWT → virtual key. */
interface KeyMappingSettings {
  /** Default `fallback_team_mapping`. */
  readonly whenUnregistered: 'fallback_team_mapping' | 'reject' | 'auto_register';
}

/** Which JWT-shaped tokens are introspected; every selector that is there must match. */
export interface RoutingOverride {
  /** Patterns with `*` and `?`. */
  readonly iss: readonly string[];
  readonly clientId: readonly string[] | null;
  readonly scope: readonly string[] | null;
  readonly aud: readonly string[] | null;
}

/** Token authentication: `litellm_jwtauth`, the `JWT_*` variables, `jwt_settings` and `gatehouse.jwt` in one place. */
export interface JwtSettings {
  /** `general_settings.enable_jwt_auth`, or the custom-JWT form. */
  readonly enabled: boolean;
  /** Every trusted issuer, the global entry last; the first that names an `iss` is the one. */
  readonly issuers: readonly IssuerSettings[];
  /** The fields of tokens whose issuer has none of its own, and of opaque tokens. */
  readonly claims: ClaimFields;
  /** `public_key_ttl` in seconds, default 600: soft age of a key set. */
  readonly publicKeyTtlSeconds: number;
  /** `public_key_stale_ttl` in seconds, default 3600: further age while the provider is unreachable. */
  readonly publicKeyStaleTtlSeconds: number;
  /** Scope that makes a token admin, default `litellm_proxy_admin`. */
  readonly adminScope: string;
  /** Routes of admin tokens: group names, exact routes, trailing `/*`. */
  readonly adminAllowedRoutes: readonly string[];
  /** Routes of callers with a team. */
  readonly teamAllowedRoutes: readonly string[];
  /** Routes of callers that are not administrators, of the first guide; `null` is the ordinary rule. */
  readonly ordinaryAllowedRoutes: readonly string[] | null;
  /** Lower-case domains; `null` allows every address. */
  readonly allowedEmailDomains: readonly string[] | null;
  readonly requireVerifiedEmail: boolean;
  readonly userIdUpsert: boolean;
  /** `gatehouse.jwt.org_id_upsert`: tokens make organisations, and teams in them. */
  readonly orgIdUpsert: boolean;
  readonly teams: TeamClaimSettings;
  readonly rbac: RbacSettings;
  /** `scope_mappings` while `enforce_scope_based_access` is on; `null` while it is off. */
  readonly scopeMappings: readonly ScopeMapping[] | null;
  /** `./file.mjs#exportName`, resolved to an absolute path; `null` none. */
  readonly customValidate: { readonly file: string; readonly exportName: string } | null;
  readonly keyMapping: KeyMappingSettings;
  readonly routingOverrides: readonly RoutingOverride[];
  readonly requireExp: boolean;
  readonly requireSub: boolean;
  /** 0 to 300, for exp, nbf and iat. */
  readonly clockToleranceSeconds: number;
  readonly maxTokenAgeSeconds: number | null;
  readonly maxTokenBytes: number;
  /** Accepted header `typ` values, lower case, without `application/`. */
  readonly acceptedTypes: readonly string[];
  readonly refuseDuplicateMembers: boolean;
  /** Issuers whose tokens may be admin; `null` all. */
  readonly adminIssuers: readonly string[] | null;
  /**
   * Issuers whose verified addresses may lead to an account, and stand in for a user id that is not there; `null`, the
   * default, none.
   */
  readonly linkByEmail: readonly string[] | 'all' | null;
  /** Issuers whose claim `email` counts as verified where the token has no `email_verified`. */
  readonly trustedEmailIssuers: readonly string[];
  readonly jwks: JwksSettings;
}
