import { isJsonObject } from '#libs/common';
import type { ClaimField, ClaimFields } from '#libs/config';
import { holdsAnything } from './claim-field.js';
import { isPathInto, readClaim } from '../matching/claim-path.js';

type Claims = Readonly<Record<string, unknown>>;

/** The claim that lists the groups of a directory. */
export const GROUPS_CLAIM = 'groups';

/**
 * Returns the claims that a token only points at: the members of `_claim_names` (OIDC Core section
 * 5.6.2), and `groups` if `hasgroups` is set, as Entra ID does for a user with too many groups. A
 * claim that the token contains is not among them. Addresses in `_claim_sources` are never used: a
 * token must not choose what is fetched (threat C04).
 */
export function pointedClaims(claims: Claims): readonly string[] {
  const names = claims['_claim_names'];
  const pointed = new Set(isJsonObject(names) ? Object.keys(names) : []);
  const { hasgroups } = claims;
  if (hasgroups === true || hasgroups === 'true') pointed.add(GROUPS_CLAIM);
  return [...pointed].filter((name) => !Object.hasOwn(claims, name));
}

/**
 * Returns those of the pointed-at claims that a mapping needs: claims that a field reads before it
 * finds a value.
 */
export function neededClaims(
  claims: Claims,
  fields: ClaimFields,
  pointed: readonly string[],
): readonly string[] {
  const read = Object.values(fields).filter(isField);
  return pointed.filter((name) => read.some((field) => isOpen(claims, field, name)));
}

function isOpen(claims: Claims, { paths }: ClaimField, name: string): boolean {
  const decisive = paths.find(
    (path) => isPathInto(path, name) || holdsAnything(readClaim(claims, path)),
  );
  return decisive !== undefined && isPathInto(decisive, name);
}

function isField(value: ClaimField | boolean | null): value is ClaimField {
  return typeof value === 'object' && value !== null;
}
