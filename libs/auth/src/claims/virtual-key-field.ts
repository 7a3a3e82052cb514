import type { Principal } from '#libs/access';
import { entryOf, type JwtSettings } from '#libs/config';
import type { KeyMappingSnapshot } from '#libs/keys';
import { holdsAnything } from './claim-field.js';
import { readKeysOf } from './claim-keys.js';
import { readClaim } from '../matching/claim-path.js';
import { readSoftly } from './single-claim.js';

/** The claim by which a token is looked up in the mappings to virtual keys. */
export interface KeyClaim {
  /** Paths as configured. */
  readonly paths: readonly string[];
  /** The path that holds something, which is the claim's name in mappings, with the id there; `null` without an id. */
  readonly held: { readonly name: string; readonly value: string } | null;
}

/**
 * Returns the claim that is configured for the issuer of a token, with the value in the token;
 * `null` if none is configured.
 * @throws GatehouseError `claim_ambiguous` for a list of several values
 */
export function keyClaimOf(
  { claims, issuer }: Pick<Principal, 'claims' | 'issuer'>,
  jwt: JwtSettings,
): KeyClaim | null {
  const entry = entryOf(issuer, jwt.issuers);
  const fields = entry?.claims ?? jwt.claims;
  const field = fields.virtualKey;
  if (field === null) return null;
  const { paths } = field;
  const name = paths.find((path) => holdsAnything(readClaim(claims, path)));
  const keyOf = readKeysOf({ kind: 'jwt', fields, entry }, jwt.claims);
  const value = readSoftly(claims, field, keyOf('virtualKey'));
  return { paths, held: name === undefined || value === null ? null : { name, value } };
}

/**
 * Returns the mapping that applies to a token, active or not; `null` without one. A mapping for the
 * token's own issuer takes precedence over one for every issuer.
 * @param mappings all mappings of the claim's value
 * @param claimName from {@link keyClaimOf}: the same value in another claim identifies another
 *   caller
 * @param issuer `iss` of the token
 */
export function mappingFor(
  mappings: readonly KeyMappingSnapshot[],
  claimName: string,
  issuer: string | null,
): KeyMappingSnapshot | null {
  const named = mappings.filter((mapping) => mapping.claimName === claimName);
  return (
    named.find((mapping) => mapping.issuer !== null && mapping.issuer === issuer) ??
    named.find((mapping) => mapping.issuer === null) ??
    null
  );
}
