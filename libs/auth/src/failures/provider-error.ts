import { GatehouseError } from '#libs/common';

/**
 * The failure to get keys from a provider. Its text names no part of the provider's answer, except the
 * address of another issuer, cleaned and cut.
 * @param problem what went wrong, for log and trace
 * @param options the library's error, and seconds until another try makes sense
 */
export function providerProblem(
  problem: string,
  options: { readonly cause?: unknown; readonly retryAfterSeconds?: number } = {},
): GatehouseError {
  return new GatehouseError('auth_provider_unavailable', { ...options, context: { problem } });
}
