/** Names that LiteLLM and Gatehouse keep for themselves. */
const RESERVED_PREFIXES = ['_litellm_', '_gatehouse_'];

/**
 * Returns the claims without the reserved ones, the same object where there are none, so that no token and no provider can assert them
 * (threat C17).
 * @param claims members of a token or of a provider's response
 */
export function withoutReserved(
  claims: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  // Hardly any token has one.
  for (const name of Object.keys(claims)) {
    if (name.startsWith('_') && isReserved(name)) return filtered(claims);
  }
  return claims;
}

function filtered(claims: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !isReserved(name)));
}

function isReserved(name: string): boolean {
  return RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix));
}
