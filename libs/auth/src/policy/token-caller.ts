import type { CredentialKind, Principal } from '#libs/access';

const TOKEN_KINDS: ReadonlySet<CredentialKind> = new Set(['jwt', 'userinfo', 'introspection']);

/**
 * Tells whether the rules about email addresses, roles and scopes apply to a caller: it is a token
 * caller whose token does not run as a virtual key. The master key, virtual keys and anonymous callers
 * are exempt (docs/reference/routes.md).
 */
export function isTokenCaller({ kind, key }: Pick<Principal, 'kind' | 'key'>): boolean {
  return TOKEN_KINDS.has(kind) && key === null;
}
