/** Opaque bearers at the provider's UserInfo endpoint (OIDC Core section 5.3). */
export interface UserInfoSettings {
  readonly endpoint: string;
  /** Seconds that a response is remembered, default 300. */
  readonly cacheSeconds: number;
}

/** Token introspection (RFC 7662). */
export interface IntrospectionSettings {
  /** `OAUTH_TOKEN_INFO_ENDPOINT`. */
  readonly endpoint: string;
  /**
   * True (`enable_oauth2_auth`): tokens that are not JWTs are introspected. False: only what `routing_overrides`
   * selects.
   */
  readonly isForOpaqueTokens: boolean;
  /** Names of the members of the response, from `OAUTH_USER_…_FIELD_NAME`; defaults `sub`, none, none. */
  readonly userIdField: string;
  readonly userRoleField: string | null;
  readonly teamIdField: string | null;
  /** Credentials of this gateway at the endpoint; `null` sends the presented token as bearer, as LiteLLM does. */
  readonly clientId: string | null;
  /** Secret. */
  readonly clientSecret: string | null;
  /** Seconds that a response is remembered at most, never beyond its `exp`; default 60. */
  readonly cacheSeconds: number;
}

/** One written policy. */
export interface PolicySettings {
  /** Unique name, for the trace. */
  readonly name: string;
  /** CEL expression of type bool over `token`, `principal` and `request`. */
  readonly when: string;
  /** The effect when the expression is true. */
  readonly effect: 'allow' | 'deny';
  /** Sentence for the caller of a denied request; `null` is the catalogue's. */
  readonly reason: string | null;
  /** `shadow` is recorded in the trace and not applied. */
  readonly mode: 'enforce' | 'shadow';
}

/** Settings for every kind of credential. */
export interface AccessSettings {
  /** Routes that need no credential, besides those that never do. */
  readonly publicRoutes: readonly string[];
  /** Routes of administrators alone. */
  readonly adminOnlyRoutes: readonly string[];
  /** The only routes that are served at all; `null` serves every one. */
  readonly allowedRoutes: readonly string[] | null;
  /** `enforce_user_param`: calls of models must name an end user. */
  readonly requireUserParam: boolean;
  /** `reject_clientside_metadata_tags`: calls may not state tags. */
  readonly rejectClientTags: boolean;
  /** Headers that may name the end user besides LiteLLM's own, lower case (`user_header_name`, `user_header_mappings`). */
  readonly endUserHeaders: readonly string[];
  /** The one header that carries the credential, lower case; `null` is the documented list. */
  readonly keyHeaderName: string | null;
  readonly userInfo: UserInfoSettings | null;
  readonly introspection: IntrospectionSettings | null;
  /** In the order in which they are evaluated. */
  readonly policies: readonly PolicySettings[];
  /** Public address of this gateway for RFC 9728 metadata; `null` takes it from the request. */
  readonly publicUrl: string | null;
}
