import { isIdentityText } from '#libs/common';

/**
 * Returns the id that a claim holds: a well-formed string of at most 255 bytes; `null` for every
 * other value.
 */
export function readClaimId(value: unknown): string | null {
  return isIdentityText(value) ? value : null;
}

/**
 * Returns the ids that a claim holds, in its order and without repetitions. A string counts as a
 * list with one entry. Entries that are not ids are left out, so that one malformed group does not
 * hide the others.
 * @returns `null` for a value that is neither a list nor a string, as for an absent claim
 */
export function idsOf(value: unknown): readonly string[] | null {
  if (typeof value === 'string') return isIdentityText(value) ? [value] : null;
  if (!Array.isArray(value)) return null;
  const entries: readonly unknown[] = value;
  return [...new Set(entries.filter(isIdentityText))];
}
