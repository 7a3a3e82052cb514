import type { CredentialKind } from '#libs/access';
import type { ClaimFields, IssuerSettings } from '#libs/config';

/** Claims that are proven to be those of the caller, and how they are read. */
export interface ProvenClaims {
  /** The kind of proof. */
  readonly kind: Extract<CredentialKind, 'jwt' | 'userinfo' | 'introspection'>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** The claim of each field. */
  readonly fields: ClaimFields;
  /** Where the issuer or endpoint is configured, for the trace. */
  readonly configPath: string;
  /** The issuer's entry; `null` for claims that no entry proved. */
  readonly entry: IssuerSettings | null;
  /**
   * The credential itself, for providers that are called on behalf of the caller; `null` without
   * one.
   */
  readonly token: string | null;
  /** True if the claims are only evaluated and no request is served. Default false. */
  readonly isDryRun?: boolean;
}
