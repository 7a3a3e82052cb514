import { hash } from 'node:crypto';
import type { DecisionTrace, Principal, RequestedRoute } from '#libs/access';

/** A credential as the resolvers see it. */
export interface PresentedCredential {
  readonly token: string;
  /** Base64 of the SHA-256 of the token, by which it is remembered. */
  readonly digest: string;
  /** True only if the request certainly comes from this machine. */
  readonly isLocal: boolean;
  /**
   * Requested route; `null` if it is not known or not in normal form. Only introspection depends on
   * it.
   */
  readonly route: RequestedRoute | null;
}

/** Returns the digest of a credential, which is made once for all that remember it. */
export function digestOf(token: string): string {
  return hash('sha256', token, 'base64');
}

/** One way to prove the identity of a caller. The authenticator runs the resolvers in order. */
export interface CredentialResolver {
  /**
   * Returns the principal, or `null` if the credential is not of this kind. A credential of this
   * kind that is invalid is an error: no other resolver may be tried with it.
   * @param trace receives a step with the result
   * @throws GatehouseError of the authentication or dependency family
   */
  resolve(
    credential: PresentedCredential,
    trace: DecisionTrace,
  ): Principal | null | Promise<Principal | null>;
}
