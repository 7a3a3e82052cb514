/** Names that LiteLLM and Gatehouse keep for themselves. */
const RESERVED_PREFIXES = ['_litellm_', '_gatehouse_'];

/**
 * Claims without those that nobody outside may assert, so that none can be injected (threat C17).
 * @param claims members of a token or of a provider's answer
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
