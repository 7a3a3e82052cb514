/**
 * Returns the scopes that a claim holds: a string with scopes separated by spaces (RFC 6749 section
 * 3.3), or a list of strings, of which each is one scope. Scopes are compared exactly. Any other
 * value, including a list with an entry that is not a string, holds no scope.
 * @param claim the value of the scope claim
 */
export function readScopes(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return claim.split(' ').filter((scope) => scope !== '');
  if (!Array.isArray(claim)) return [];
  const entries: readonly unknown[] = claim;
  return entries.every((entry) => typeof entry === 'string') ? entries : [];
}
