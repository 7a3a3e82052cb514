/** How a caller proved who it is. */
type CredentialKind = 'master_key' | 'jwt';

/**
 * Who is calling, as far as the credential alone says. No database has been asked yet.
 * Frozen once built; ids have passed `isIdentityText`.
 */
export interface Principal {
  readonly kind: CredentialKind;
  /** `iss` of the token; `null` for the master key. */
  readonly issuer: string | null;
  /** `sub` of the token; `null` for the master key and for tokens without one. */
  readonly subject: string | null;
  /**
   * Account that the token maps to, after the claim mapping; `null` when it names none. `default_user_id` for the
   * master key.
   */
  readonly userId: string | null;
  /** Email claim as it stands in the token. */
  readonly email: string | null;
  /** `email_verified` claim; `null` when absent. */
  readonly emailVerified: boolean | null;
  /** Team that the token names through the configured claim, or softly through `client_id`/`azp`. */
  readonly teamId: string | null;
  /** True when {@link teamId} came from the soft default, so that an unknown team is no refusal. */
  readonly isTeamSoft: boolean;
  /** Organisation claim. */
  readonly orgId: string | null;
  /** End-user claim. */
  readonly endUserId: string | null;
  /** Scopes of the token, in their order. */
  readonly scopes: readonly string[];
  /** True for the master key and for a token with the admin scope of an issuer that may assert it. */
  readonly isAdmin: boolean;
}
