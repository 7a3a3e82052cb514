import { idsOf } from './claim-ids.js';
import { singleId } from './single-claim.js';

type Claims = Readonly<Record<string, unknown>>;

/**
 * Claims that name the client of an access token: RFC 9068, OpenID Connect (`azp`), Entra ID version 1 (`appid`) and
 * Okta (`cid`). Every reader of a client id reads this list: a vendor's spelling must not let a token past a revocation
 * or an introspection that the operator configured.
 */
export const CLIENT_CLAIMS = ['client_id', 'azp', 'appid', 'cid'] as const;

/** {@link CLIENT_CLAIMS} for a sentence to people. */
export const CLIENT_CLAIMS_SHOWN = 'client_id, azp, appid or cid';

/**
 * Returns every client id that a token names, in the order of {@link CLIENT_CLAIMS} and without repetitions. A token
 * may name one client as the party it was issued to and another in a vendor's claim, so all of them count.
 * @param claims claims, verified or not
 */
export function clientIdsOf(claims: Claims): readonly string[] {
  return [...new Set(CLIENT_CLAIMS.flatMap((name) => idsOf(claims[name]) ?? []))];
}

/**
 * Returns the client ids of {@link clientIdsOf} where each claim may name one client.
 * @param configKey path of the setting that asks for the client; `null` for a registered claim
 * @throws GatehouseError `claim_ambiguous` for a claim with several values
 */
export function soleClientIds(claims: Claims, configKey: string | null): readonly string[] {
  const named = CLIENT_CLAIMS.map((name) => singleId(claims[name], configKey));
  return [...new Set(named.filter((id) => id !== null))];
}
