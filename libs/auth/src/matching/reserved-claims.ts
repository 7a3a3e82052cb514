/** Names that LiteLLM and Gatehouse keep for themselves. */
const RESERVED_PREFIXES = ['_litellm_', '_gatehouse_'];

/**
 * Returns the claims without the reserved ones, so that no token and no provider can assert them
 * (threat C17).
 * @param claims members of a token or of a provider's response
 */
export function withoutReserved(
  claims: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(claims).filter(
      ([name]) => !RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix)),
    ),
  );
}
