import type { AccessTokenRule, BoundClaim, IssuerPreset } from '../model/jwt-settings.js';

/** OpenID Connect Core section 3.3.2.11: the hash of an authorization code, in ID tokens alone. */
const PLAIN: AccessTokenRule = { marks: [], excludedClaims: ['c_hash'] };

/**
 * Section 3.1.3.6 gives `at_hash` to ID tokens alone too. Dex and its like issue access tokens with it, so it is
 * excluded only where the vendor documents other access tokens.
 */
const ID_TOKEN_CLAIMS: readonly string[] = ['at_hash', 'c_hash'];

/** By the documentation of the vendors: what access tokens have and ID tokens of the same keys lack. */
const RULES: Readonly<Partial<Record<IssuerPreset, AccessTokenRule>>> = {
  // https://www.keycloak.org/docs-api/latest/javadocs/org/keycloak/util/TokenUtil.html: Bearer, DPoP, ID, Refresh,
  // Offline, Logout.
  keycloak: {
    marks: [{ path: 'typ', values: ['Bearer'] }],
    excludedClaims: ID_TOKEN_CLAIMS,
  },
  // https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference: "appid" of version 1, "azp" of
  // version 2, "scp" of people; the reference of ID tokens has none of them, and "ver" is in both kinds.
  entra: { marks: [anyOf('azp'), anyOf('appid'), anyOf('scp')], excludedClaims: ID_TOKEN_CLAIMS },
  // https://developer.okta.com/docs/api/openapi/okta-oauth/guides/overview/: "cid" and "scp" of access tokens.
  okta: { marks: [anyOf('cid'), anyOf('scp')], excludedClaims: ID_TOKEN_CLAIMS },
  // https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles: "azp" of the Auth0 profile, "client_id" of
  // the RFC 9068 profile, "scope" of both.
  auth0: {
    marks: [anyOf('azp'), anyOf('client_id'), anyOf('scope')],
    excludedClaims: ID_TOKEN_CLAIMS,
  },
  // https://developers.google.com/identity/openid-connect/openid-connect: the ID token is the only signed token.
  google: { marks: [], excludedClaims: [] },
};

/**
 * Returns what tells the access tokens of an issuer from the other tokens that its keys sign.
 * @param preset `null` for an issuer without a preset
 */
export function accessTokenRuleOf(preset: IssuerPreset | null): AccessTokenRule {
  return (preset === null ? undefined : RULES[preset]) ?? PLAIN;
}

function anyOf(path: string): BoundClaim {
  return { path, values: ['*'] };
}
