import { GatehouseError } from '#libs/common';

/**
 * Returns the failure to read keys or responses from a provider. Its message contains no part of
 * the provider's response, except the address of another issuer, cleaned and cut.
 * @param problem the failure, for log and trace
 * @param options the library's error, and seconds until a retry makes sense
 */
export function providerProblem(
  problem: string,
  options: { readonly cause?: unknown; readonly retryAfterSeconds?: number } = {},
): GatehouseError {
  return new GatehouseError('auth_provider_unavailable', { ...options, context: { problem } });
}
