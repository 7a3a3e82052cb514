import type { BoundClaim, IssuerSettings } from '#libs/config';
import { readClaim } from '../matching/claim-path.js';
import { matchesPlainGlob } from '../matching/glob.js';

/**
 * Returns the claim for which an issuer's entry refuses a token: a required claim that is absent,
 * or a bound claim that holds none of its values. `null` and the empty string count as absent. One
 * match in a list is enough; numbers and booleans are compared in their JSON form.
 * @returns the setting that is not met and the path of the claim; `null` if all are met
 */
export function unmetClaim(
  claims: Readonly<Record<string, unknown>>,
  issuer: Pick<IssuerSettings, 'requiredClaims' | 'boundClaims'>,
): { readonly setting: 'requiredClaims' | 'boundClaims'; readonly path: string } | null {
  const missing = issuer.requiredClaims.find((path) => isMissing(readClaim(claims, path)));
  if (missing !== undefined) return { setting: 'requiredClaims', path: missing };
  const unbound = issuer.boundClaims.find((bound) => !holdsBoundClaim(claims, bound));
  return unbound === undefined ? null : { setting: 'boundClaims', path: unbound.path };
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** Tells whether a claim holds one of the values that it is bound to. */
export function holdsBoundClaim(
  claims: Readonly<Record<string, unknown>>,
  { path, values }: BoundClaim,
): boolean {
  const claim = readClaim(claims, path);
  const held: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return held
    .map(textOf)
    .some((text) => text !== null && values.some((one) => matchesPlainGlob(one, text)));
}

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value === '' ? null : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}
