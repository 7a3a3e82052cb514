import { isIdentityText, memoizeByString } from '#libs/common';
import { readClaim } from '../matching/claim-path.js';
import { claimAmbiguous, claimUnreadable, SEVERAL_VALUES, soleMember } from './single-claim.js';

const PLACEHOLDER = /\{([^{}]+)\}/;
/** Literals at even places and claim paths at odd ones, which is what splitting by a pattern with a group gives. */
const partsOf = memoizeByString((template): readonly string[] => template.split(PLACEHOLDER));

/**
 * Returns the user id that a template such as `repo:{repository}:{ref}` makes of a token. Every
 * claim that it names must hold a string or an integer. A value must not contain the character that
 * follows its place in the template: two tokens with different values could otherwise get the same
 * id.
 * @param template literal text with claim paths in braces
 * @param configKey path of the template
 * @returns `null` if a claim is missing or would make the id ambiguous
 * @throws GatehouseError `claim_ambiguous` if a claim holds a list of several values, or neither a
 *   string nor an integer
 */
export function principalFrom(
  template: string,
  claims: Readonly<Record<string, unknown>>,
  configKey: string | null = null,
): string | null {
  const parts = partsOf(template);
  let id = '';
  for (const [index, part] of parts.entries()) {
    if (index % 2 === 0) {
      id += part;
      continue;
    }
    const value = valueOf(soleMember(readClaim(claims, part)), configKey);
    if (value === null || isAmbiguous(value, parts, index)) return null;
    id += value;
  }
  return isIdentityText(id) ? id : null;
}

function valueOf(claim: unknown, configKey: string | null): string | null {
  if (claim === SEVERAL_VALUES) throw claimAmbiguous(configKey);
  if (Number.isSafeInteger(claim)) return String(claim);
  if (typeof claim === 'string') return claim === '' ? null : claim;
  // Without the claim the call would be made for no user, beyond the limits of the account.
  if (claim !== undefined && claim !== null) throw claimUnreadable(claim, configKey);
  return null;
}

function isAmbiguous(value: string, parts: readonly string[], index: number): boolean {
  const next = parts[index + 1] ?? '';
  const isLast = index + 2 >= parts.length;
  return next === '' ? !isLast : value.includes(next.charAt(0));
}
