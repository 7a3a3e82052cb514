/**
 * The scopes that a claim holds: text separated by spaces (RFC 6749 section 3.3), or a list of
 * texts, of which each is one scope. Compared exactly by whoever asks. Any other shape, a list with
 * something other than text among it included, holds none.
 * @param claim the value of the scope claim
 */
export function readScopes(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return claim.split(' ').filter((scope) => scope !== '');
  if (!Array.isArray(claim)) return [];
  const entries: readonly unknown[] = claim;
  return entries.every((entry) => typeof entry === 'string') ? entries : [];
}
