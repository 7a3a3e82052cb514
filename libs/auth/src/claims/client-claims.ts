import { idsOf } from './claim-ids.js';
import { singleId } from './single-claim.js';

type Claims = Readonly<Record<string, unknown>>;

/**
 * Claims that name the client of an access token: RFC 9068, OpenID Connect (`azp`), Entra ID version 1 (`appid`) and
 * Okta (`cid`). Every reader of a client id reads this list: a vendor's spelling must not let a token past a revocation
 * or an introspection that the operator configured.
 */
export const CLIENT_CLAIMS = ['client_id', 'azp', 'appid', 'cid'] as const;

/** The claims of {@link CLIENT_CLAIMS} whose client is the team of a call without another one, in their order. */
const TEAM_CLIENT_CLAIMS = ['client_id', 'azp'] as const;

/** The claims that {@link teamClientOf} reads, for a sentence to people. */
export const TEAM_CLIENT_CLAIMS_SHOWN = TEAM_CLIENT_CLAIMS.join(' or ');

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

/**
 * Returns the client id that may be the id of a team: `client_id`, else `azp`; `null` when the token has neither. The
 * other claims are left out: LiteLLM reads these two (docs/how-to/choose-the-team.md).
 * @param configKey path of the setting that asks for the client
 * @throws GatehouseError `claim_ambiguous` for a claim with several values
 */
export function teamClientOf(claims: Claims, configKey: string): string | null {
  for (const name of TEAM_CLIENT_CLAIMS) {
    const id = singleId(claims[name], configKey);
    if (id !== null) return id;
  }
  return null;
}
