import type { DecisionTrace, Principal, RequestedRoute } from '#libs/access';

/** A credential as the resolvers see it. */
export interface PresentedCredential {
  readonly token: string;
  /** True when it certainly comes from this machine. */
  readonly isLocal: boolean;
  /** What is called; `null` where that is not known or not in normal form. Decides about introspection alone. */
  readonly route: RequestedRoute | null;
}

/** One way of proving who calls. The authenticator asks them in order. */
export interface CredentialResolver {
  /**
   * The principal, or `null` when the credential is not of this kind. A credential that is of this
   * kind and bad is an error: no other resolver may be tried with it.
   * @param trace takes a step for what was concluded
   * @throws GatehouseError of the authentication or dependency family
   */
  resolve(
    credential: PresentedCredential,
    trace: DecisionTrace,
  ): Principal | null | Promise<Principal | null>;
}
