import type { Principal } from '#libs/access';
import { GatehouseError } from '#libs/common';
import type { JwtSettings } from '#libs/config';

/** How the gateway ends a session. */
export interface SessionEnding {
  /** Told to the client before the connection is closed; `null` for none. */
  readonly error: GatehouseError | null;
  /** Of the close frame: RFC 6455, section 7.4.1. */
  readonly code: number;
  readonly reason: string;
}

/** The caller may not go on. */
const POLICY_VIOLATION = 1_008;
const INTERNAL_ERROR = 1_011;
const SERVICE_RESTART = 1_012;
const GOING_AWAY = 1_001;

/** The gateway stops. */
export const STOPPING: SessionEnding = {
  error: null,
  code: SERVICE_RESTART,
  reason: 'the gateway is shutting down',
};

/** Nothing has been said for long. */
export const IDLE: SessionEnding = { error: null, code: GOING_AWAY, reason: 'the session is idle' };

/** The session has been open for as long as one may be. */
export const TOO_LONG: SessionEnding = {
  error: null,
  code: GOING_AWAY,
  reason: 'the session has reached its time limit',
};

/** Returns the ending of a session by an error: of the caller, or of the gateway. */
export function endingBy(error: GatehouseError): SessionEnding {
  const code = error.status < 500 ? POLICY_VIOLATION : INTERNAL_ERROR;
  return { error, code, reason: error.code };
}

/** The end of a credential. */
export interface CredentialEnd {
  /** Milliseconds until it is not accepted any more, at least 0. */
  readonly leftMs: number;
  /** The refusal from then on. */
  readonly error: GatehouseError;
}

/**
 * Returns when the credential of a session ends: the token, or the virtual key that the session runs as, whichever is first; `null`
 * where neither does. A token is accepted for as long as the first request with it would be; a key has no tolerance.
 * @param nowMs the time of day
 */
export function credentialEndOf(
  { kind, claims, issuedAt, keyExpiresAtMs = Infinity }: Principal,
  { clockToleranceSeconds, maxTokenAgeSeconds }: JwtAges,
  nowMs: number,
): CredentialEnd | null {
  const { exp } = claims;
  const expires = typeof exp === 'number' ? exp : Infinity;
  const hasAge = kind === 'jwt' && issuedAt !== null && maxTokenAgeSeconds !== null;
  const tooOld = hasAge ? issuedAt + maxTokenAgeSeconds : Infinity;
  const tokenMs = (Math.min(expires, tooOld) + clockToleranceSeconds) * 1_000;
  const endMs = Math.min(tokenMs, keyExpiresAtMs);
  if (!Number.isFinite(endMs)) return null;
  const error = new GatehouseError(keyExpiresAtMs < tokenMs ? 'key_expired' : 'token_expired');
  return { leftMs: Math.max(0, endMs - nowMs), error };
}

type JwtAges = Pick<JwtSettings, 'clockToleranceSeconds' | 'maxTokenAgeSeconds'>;
