import { isIdentityText, isJsonObject } from '#libs/common';
import { namedKinds } from '../jwt/token-kind.js';
import { tokenInvalid } from '../failures/token-error.js';

/** Header `typ` of logout tokens (OpenID Connect Back-Channel Logout 1.0 section 2.4). */
export const LOGOUT_TOKEN_TYPE = 'logout+jwt';

/** Payload `typ`: Keycloak writes the kind, others repeat the header. */
const LOGOUT_KINDS = ['logout', 'jwt'];
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** The content of a logout token. */
export interface Logout {
  readonly issuer: string;
  /** `jti` of the logout token itself. */
  readonly tokenId: string;
  /** `null` only if there is a session. */
  readonly subject: string | null;
  /** `null` for a logout from every session of the subject. */
  readonly sessionId: string | null;
  /** `iat` in seconds since the Unix epoch. */
  readonly issuedAt: number;
  /** `exp` in seconds since the Unix epoch. */
  readonly expiresAt: number;
}

/**
 * Reads a verified token by the rules that distinguish a logout token from every other token of its
 * issuer (section 2.6): the event, a token id, a subject or session to log out, and no nonce, which
 * only ID tokens have.
 * @param claims verified claims, times included
 * @throws GatehouseError `token_invalid`
 */
export function readLogout(claims: Readonly<Record<string, unknown>>): Logout {
  const { iss, aud, jti, sub, sid, iat, exp } = claims;
  refuseOtherKinds(claims);
  if (!isIdentityText(iss)) throw tokenInvalid('the logout token names no issuer');
  if (!isAudience(aud)) throw tokenInvalid('the logout token has no audience');
  if (!isIdentityText(jti)) throw tokenInvalid('the logout token has no id');
  if (typeof iat !== 'number' || typeof exp !== 'number') {
    throw tokenInvalid('the logout token lacks a time');
  }
  const subject = optionalId(sub);
  const sessionId = optionalId(sid);
  if (subject === null && sessionId === null) {
    throw tokenInvalid('the logout token names neither a subject nor a session');
  }
  return { issuer: iss, tokenId: jti, subject, sessionId, issuedAt: iat, expiresAt: exp };
}

function refuseOtherKinds(claims: Readonly<Record<string, unknown>>): void {
  const { events, typ } = claims;
  if (!namedKinds(typ).every((kind) => LOGOUT_KINDS.includes(kind))) {
    throw tokenInvalid('the claim typ names another kind of token');
  }
  if (Object.hasOwn(claims, 'nonce')) throw tokenInvalid('a logout token must not have a nonce');
  if (!isLogoutEvent(events)) throw tokenInvalid('the token is about no back-channel logout');
}

/** A malformed id does not count as absent: that would turn this logout into a broader one. */
function optionalId(value: unknown): string | null {
  if (value === undefined) return null;
  if (!isIdentityText(value))
    throw tokenInvalid('the subject or session of the logout token is not an id');
  return value;
}

/**
 * The id of one client or several. They are not compared, because the issuer's sessions end for all
 * clients.
 */
function isAudience(aud: unknown): boolean {
  const values: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return values.length > 0 && values.every((one) => typeof one === 'string' && one !== '');
}

function isLogoutEvent(events: unknown): boolean {
  if (!isJsonObject(events) || !Object.hasOwn(events, LOGOUT_EVENT)) return false;
  return isJsonObject(events[LOGOUT_EVENT]);
}
