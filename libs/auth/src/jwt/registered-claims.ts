import { GatehouseError, isIdentityText } from '#libs/common';
import type { JwtSettings } from '#libs/config';
import type { TrustedIssuer } from './issuer-registry.js';
import { tokenInvalid, type TokenProblem } from './token-problem.js';

/** What a verified signature covers, as far as it is judged here. */
export interface SignedClaims {
  /** Header `typ`, or `null`. */
  readonly type: string | null;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** End of the year 9999: later times are mistakes, such as milliseconds or 1e30. */
const MAX_NUMERIC_DATE = 253_402_300_799;
const TOLERANCE_KEY = 'gatehouse.jwt.clock_tolerance_seconds';

/**
 * Judges the registered claims (RFC 7519 section 4.1) and the header type (RFC 8725 section 3.11)
 * against what is configured. Expiry comes last: who learns that a token has expired holds a token
 * that is otherwise in order.
 * @param token what was signed
 * @param issuer the entry that the token was verified under
 * @param settings time rules and accepted types
 * @param nowMs the time
 * @throws GatehouseError `token_invalid`, `token_expired`
 */
export function checkRegisteredClaims(
  token: SignedClaims,
  issuer: TrustedIssuer,
  settings: JwtSettings,
  nowMs: number,
): void {
  const { claims } = token;
  checkType(token.type, settings.acceptedTypes);
  checkIssuer(claims['iss'], issuer.issuer);
  checkAudience(claims['aud'], issuer.audience);
  checkTimes(claims, settings, nowMs / 1000);
}

function checkType(type: string | null, accepted: readonly string[]): void {
  if (type === null) return;
  const name = type.toLowerCase().replace(/^application\//, '');
  if (!accepted.includes(name)) {
    throw tokenInvalid('the type of the token is not accepted', 'gatehouse.jwt.accepted_types');
  }
}

function checkIssuer(iss: unknown, expected: string | null): void {
  if (expected !== null && iss !== expected) {
    throw tokenInvalid('the issuer is not the configured one', 'JWT_ISSUER');
  }
  if (iss !== undefined && !isIdentityText(iss)) throw tokenInvalid('the issuer is not an id');
}

function checkAudience(aud: unknown, expected: string | null): void {
  if (expected === null) return;
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  const isList = audiences.every((entry) => typeof entry === 'string');
  if (!isList || !audiences.includes(expected)) {
    throw tokenInvalid('the audience is not the configured one', 'JWT_AUDIENCE');
  }
}

function checkTimes(
  claims: Readonly<Record<string, unknown>>,
  settings: JwtSettings,
  now: number,
): void {
  const tolerance = settings.clockToleranceSeconds;
  const expires = numericDate(claims, 'exp');
  const notBefore = numericDate(claims, 'nbf');
  const issued = numericDate(claims, 'iat');
  if (expires === null && settings.requireExp) {
    throw tokenInvalid('the token has no expiry', 'gatehouse.jwt.require_exp');
  }
  if (notBefore !== null && notBefore > now + tolerance) {
    throw tokenInvalid('the token is not valid yet', TOLERANCE_KEY);
  }
  if (issued !== null && issued > now + tolerance) {
    throw tokenInvalid('the token was issued in the future', TOLERANCE_KEY);
  }
  checkAge(issued, settings, now);
  if (expires !== null && expires <= now - tolerance) throw expired();
}

function checkAge(issued: number | null, settings: JwtSettings, now: number): void {
  const { maxTokenAgeSeconds, clockToleranceSeconds } = settings;
  if (maxTokenAgeSeconds === null) return;
  if (issued === null || now - issued > maxTokenAgeSeconds + clockToleranceSeconds) {
    throw tokenInvalid('the token is too old', 'gatehouse.jwt.max_token_age_seconds');
  }
}

function numericDate(claims: Readonly<Record<string, unknown>>, name: string): number | null {
  if (!Object.hasOwn(claims, name)) return null;
  const value = claims[name];
  const isDate = typeof value === 'number' && Math.abs(value) <= MAX_NUMERIC_DATE;
  if (!isDate) throw tokenInvalid(`the claim ${name} is not a time`);
  return value;
}

function expired(): GatehouseError {
  const context: TokenProblem = { problem: 'the token has expired', configKey: TOLERANCE_KEY };
  return new GatehouseError('token_expired', { context: { ...context } });
}
