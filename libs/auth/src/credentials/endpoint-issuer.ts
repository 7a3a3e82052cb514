import { isIdentityText } from '#libs/common';
import { entryOf, ownerOfEndpoint, type IssuerSettings } from '#libs/config';
import { tokenInvalid } from '../failures/token-error.js';

/** The issuer that the response of an endpoint is attributed to. */
export interface Attribution {
  /** The issuer, which identifies a user together with the subject. */
  readonly iss: string;
  /** From {@link entryOf}: its demands and fields apply to the response as to a token. */
  readonly entry: IssuerSettings | null;
}

/**
 * Returns the issuer that a response of an endpoint is attributed to. It follows from the
 * configuration, never from the token (`docs/how-to/accept-opaque-tokens.md`):
 *
 * 1. An endpoint at or below the address of a listed issuer speaks for that issuer alone.
 * 2. Elsewhere the `iss` of the response counts (RFC 7662 section 2.2).
 * 3. Without `iss` it is `JWT_ISSUER`, else the address of the endpoint.
 * @param stated `iss` of the response; `undefined` if it is absent or does not count
 * @throws GatehouseError `token_invalid` if the response names another issuer than the endpoint may
 *   speak for
 */
export function attributionOf(
  endpoint: string,
  stated: unknown,
  issuers: readonly IssuerSettings[],
): Attribution {
  if (stated !== undefined && !isIdentityText(stated)) {
    throw tokenInvalid('the issuer that the endpoint names is not an id');
  }
  const owner = ownerOfEndpoint(endpoint, issuers);
  if (owner !== null && stated !== undefined && stated !== owner) {
    throw tokenInvalid('the endpoint speaks for another issuer than its own');
  }
  const iss = owner ?? stated ?? entryOf(null, issuers)?.issuer ?? addressOf(endpoint);
  return { iss, entry: entryOf(iss, issuers) };
}

/** Without the parts that may hold a secret. */
function addressOf(endpoint: string): string {
  const { origin, pathname } = new URL(endpoint);
  return `${origin}${pathname}`;
}
