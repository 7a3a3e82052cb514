import type { CredentialKind } from '#libs/access';
import type { ClaimFields, IssuerSettings } from '#libs/config';

/** Claims that are proven to be those of the caller, and how they are to be read. */
export interface ProvenClaims {
  /** What proved them. */
  readonly kind: Extract<CredentialKind, 'jwt' | 'userinfo' | 'introspection'>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Which claim is what. */
  readonly fields: ClaimFields;
  /** Where the issuer or endpoint is configured, for the trace. */
  readonly configPath: string;
  /** The issuer's entry; `null` for claims that no entry proved. */
  readonly entry: IssuerSettings | null;
  /** The credential itself, for providers that are asked on behalf of its bearer; `null` where there is none. */
  readonly token: string | null;
  /** True when the claims are only evaluated and nobody is served. Default false. */
  readonly isDryRun?: boolean;
}
