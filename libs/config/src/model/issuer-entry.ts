import type { IssuerSettings } from './jwt-settings.js';

/**
 * The listed issuer at or below whose address an endpoint stands, and which the endpoint therefore speaks for; `null`
 * where there is none. The longest address counts, because one host may serve several issuers (Keycloak's realms).
 */
export function ownerOfEndpoint(
  endpoint: string,
  issuers: readonly IssuerSettings[],
): string | null {
  const owners = issuers
    .flatMap(({ issuer }) => (issuer !== null && isAtOrBelow(endpoint, issuer) ? [issuer] : []))
    .sort((one, other) => other.length - one.length);
  return owners[0] ?? null;
}

/**
 * The entry that holds for callers of an issuer: its own, else the global one; `null` where neither is there.
 * @param iss the issuer, `null` where there is none
 */
export function entryOf(
  iss: string | null,
  issuers: readonly IssuerSettings[],
): IssuerSettings | null {
  const own = issuers.find(({ issuer }) => issuer === iss);
  return own ?? issuers.find(({ isGlobal }) => isGlobal) ?? null;
}

function isAtOrBelow(endpoint: string, issuer: string): boolean {
  if (!URL.canParse(issuer) || !URL.canParse(endpoint)) return false;
  const above = new URL(issuer);
  const below = new URL(endpoint);
  const folder = above.pathname.endsWith('/') ? above.pathname : `${above.pathname}/`;
  return above.origin === below.origin && `${below.pathname}/`.startsWith(folder);
}
