import { isIdentityText } from '#libs/common';
import { entryOf, ownerOfEndpoint, type IssuerSettings } from '#libs/config';
import { tokenInvalid } from '../failures/token-error.js';

/** Whom the answer of an endpoint is attributed to. */
export interface Attribution {
  /** The issuer, which together with the subject is an identity (decision 2.15). */
  readonly iss: string;
  /** From {@link entryOf}: the answer must meet its demands and is read by its fields, as a token would be. */
  readonly entry: IssuerSettings | null;
}

/**
 * Whom an answer of an endpoint is attributed to. It follows from the configuration, never from the token:
 *
 * 1. An endpoint at or below the address of a listed issuer speaks for that issuer alone.
 * 2. Elsewhere the answer's own `iss` counts (RFC 7662 section 2.2).
 * 3. Without one it is `JWT_ISSUER`, else the address of the endpoint.
 * @param stated `iss` of the answer; `undefined` where there is none or it does not count
 * @throws GatehouseError `token_invalid` when the answer speaks for another issuer than it may
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

/** Without what may hold a secret. */
function addressOf(endpoint: string): string {
  const { origin, pathname } = new URL(endpoint);
  return `${origin}${pathname}`;
}
