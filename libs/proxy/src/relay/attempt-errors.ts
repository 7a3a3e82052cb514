import { GatehouseError } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';

/**
 * Returns the error for a response that cannot be relayed.
 * @param what part of it that cannot be read
 */
export function unreadable({ id }: DeploymentSettings, what: string): GatehouseError {
  return new GatehouseError('upstream_invalid', { context: { deployment: id, failure: what } });
}

/** The client sent another credential, which was accepted, and must not take the refusal for one of its own. */
export function credentialRejected({ id }: DeploymentSettings, status: number): GatehouseError {
  return new GatehouseError('upstream_credential_rejected', {
    context: { deployment: id, failure: `status ${String(status)}` },
  });
}
