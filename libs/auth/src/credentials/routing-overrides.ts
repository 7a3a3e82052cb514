import type { RoutingOverride } from '#libs/config';
import { idsOf } from '../claims/claim-ids.js';
import { clientIdsOf } from '../claims/client-claims.js';
import { matchesWildcards } from '../matching/glob.js';
import { readScopes } from '../claims/scope-claim.js';
import { parseStrictJson } from '../provider/strict-json.js';

type Claims = Readonly<Record<string, unknown>>;

const SIGNED_PARTS = 3;

/** Tells whether a credential has the shape of a signed token, whatever is in it. */
export function isTokenShaped(token: string): boolean {
  return token.split('.', SIGNED_PARTS + 1).length === SIGNED_PARTS;
}

/**
 * The payload of a token without any proof, for choosing who is to evaluate it; `null` where it cannot be read. Whatever
 * signed it, or nothing, makes no difference here: identities never come from this.
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
 * The place in the list of the first override that selects a token, `null` when none does (reference `jwt-auth.md`
 * 2.11). Every selector that an override has must match: any of its patterns, any value of the claim. `*` and `?` are
 * wildcards, case matters, and a wildcard never covers a value with white space. A scope text is split at spaces, no
 * other claim is. `client_id` is compared with each claim that names the client.
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
      (value) => pattern === value || (!/\s/.test(value) && matchesWildcards(pattern, value)),
    ),
  );
}
