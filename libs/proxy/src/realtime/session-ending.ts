import { endOfCredential, type Principal } from '#libs/access';
import { GatehouseError } from '#libs/common';

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

/**
 * Returns the milliseconds until the credential of a session ends, at least 0; `null` for one that does not.
 * @param nowMs the time of day
 * @param toleranceMs for which a token is accepted after its end
 */
export function creditLeftMs(
  principal: Principal,
  nowMs: number,
  toleranceMs: number,
): number | null {
  const endMs = endOfCredential(principal);
  return endMs === null ? null : Math.max(0, endMs + toleranceMs - nowMs);
}

/** Returns the refusal of a credential that has ended. */
export function expired({ kind }: Principal): GatehouseError {
  return new GatehouseError(kind === 'virtual_key' ? 'key_expired' : 'token_expired');
}
