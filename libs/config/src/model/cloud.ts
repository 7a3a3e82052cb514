/** How the gateway signs in with the cloud on which a deployment runs. */
export interface CloudAccess {
  readonly kind: 'google';
  /** Text of a credentials file, which is JSON. Secret; `null` for the application default credentials. */
  readonly credentials: string | null;
}
