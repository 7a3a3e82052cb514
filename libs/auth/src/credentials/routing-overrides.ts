import type { RoutingOverride } from '#libs/config';
import { idsOf } from '../claims/single-claim.js';
import { clientIdsOf } from '../claims/team-claims.js';
import { matchesPlainGlob } from '../matching/glob.js';
import { readScopes } from '../claims/role-mapping.js';
import { parseStrictJson } from '../provider/strict-json.js';

type Claims = Readonly<Record<string, unknown>>;

const SIGNED_PARTS = 3;

/** Returns true if a credential has the form of a signed token; its content is not read. */
export function isTokenShaped(token: string): boolean {
  return token.split('.', SIGNED_PARTS + 1).length === SIGNED_PARTS;
}

/**
 * Returns the payload of a token without verification, to choose the resolver that evaluates it;
 * `null` if it cannot be read. The signature is not checked here, so this payload never identifies
 * a caller.
 * @param token a credential of three parts
 */
export function unprovenClaims(token: string): Claims | null {
  const payload = token.split('.', SIGNED_PARTS)[1] ?? '';
  const bytes = Buffer.from(payload, 'base64url');
  if (bytes.length === 0 || bytes.toString('base64url') !== payload) return null;
  const json = parseStrictJson(bytes, false);
  if (!json.isValid || typeof json.value !== 'object' || json.value === null) return null;
  return Array.isArray(json.value) ? null : (json.value as Claims);
}

/**
 * Returns the index of the first override that selects a token, `null` if none does
 * (`docs/how-to/accept-opaque-tokens.md`). Every selector of an override must match: any of its
 * patterns, any value of the claim. `*` and `?` are wildcards, letter case matters, and a wildcard
 * never matches a value with white space. A scope string is split at spaces, other claims are not.
 * `client_id` is compared with each claim that names the client.
 * @param overrides in the order of the configuration
 */
export function selectOverride(
  claims: Claims,
  overrides: readonly RoutingOverride[],
): number | null {
  const values = {
    iss: idsOf(claims['iss']) ?? [],
    clientId: clientIdsOf(claims),
    scope: readScopes(claims['scope']),
    aud: idsOf(claims['aud']) ?? [],
  };
  const found = overrides.findIndex(
    ({ iss, clientId, scope, aud }) =>
      isSelected(iss, values.iss) &&
      isSelected(clientId, values.clientId) &&
      isSelected(scope, values.scope) &&
      isSelected(aud, values.aud),
  );
  return found === -1 ? null : found;
}

function isSelected(patterns: readonly string[] | null, values: readonly string[]): boolean {
  if (patterns === null) return true;
  return patterns.some((pattern) =>
    values.some(
      (value) => pattern === value || (!/\s/.test(value) && matchesPlainGlob(pattern, value)),
    ),
  );
}
