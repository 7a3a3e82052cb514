import { isIdentityText } from '#libs/common';

/**
 * The id that a claim holds: well-formed text of at most 255 bytes; `null` for every other shape.
 * @param value what a claim holds
 */
export function readClaimId(value: unknown): string | null {
  return isIdentityText(value) ? value : null;
}

/**
 * The ids that a claim holds, in its order and without repetitions. A text is a list of one; entries that are no ids
 * are left out, so that one odd group does not hide the others.
 * @param value what a claim holds
 * @returns `null` for what is neither a list nor a text, as if the claim were not there
 */
export function idsOf(value: unknown): readonly string[] | null {
  if (typeof value === 'string') return isIdentityText(value) ? [value] : null;
  if (!Array.isArray(value)) return null;
  const entries: readonly unknown[] = value;
  return [...new Set(entries.filter(isIdentityText))];
}
