import type { CredentialKind, Principal } from '#libs/access';

const TOKEN_KINDS: ReadonlySet<CredentialKind> = new Set(['jwt', 'userinfo', 'introspection']);

/**
 * Tells whether a caller is the bearer of a token in its own right. The master key, virtual keys, tokens that run as a
 * virtual key and callers without a credential are not: rules about email addresses, roles and scopes leave them out
 * (reference `jwt-auth.md` 2.12).
 */
export function isTokenCaller({ kind, key }: Pick<Principal, 'kind' | 'key'>): boolean {
  return TOKEN_KINDS.has(kind) && key === null;
}
