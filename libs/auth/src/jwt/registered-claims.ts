import { GatehouseError, isIdentityText } from '#libs/common';
import type { IssuerSettings, JwtSettings } from '#libs/config';
import { audienceProblem } from './audience-problem.js';
import { isForUs } from './audience.js';
import { unmetClaim } from './bound-claims.js';
import { issuerProblem } from './issuer-difference.js';
import { issuerKeysOf } from './issuer-keys.js';
import { checkTokenKind } from './token-kind.js';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import { tokenInvalid, type TokenProblem } from '../failures/token-error.js';
import { isOfTrustDomain } from './trust-domain.js';

/** The signed content of a token that is evaluated here. */
export interface SignedClaims {
  /** Header `typ`, or `null`. */
  readonly type: string | null;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** The settings for the checks of times. */
export type TimeRules = Pick<
  JwtSettings,
  'requireExp' | 'clockToleranceSeconds' | 'maxTokenAgeSeconds'
>;

const SUBJECT_REMEDY =
  'have the provider put `sub` into the token: Keycloak leaves it out of lightweight access tokens, so switch them off for the client, or introspect them (`routing_overrides` with `path: oauth2`)';

/** End of the year 9999: later times are mistakes, such as milliseconds or 1e30. */
const MAX_NUMERIC_DATE = 253_402_300_799;
/** The greatest value that `clock_tolerance_seconds` accepts. */
const MAX_TOLERANCE_SECONDS = 300;

/**
 * Evaluates the claims of an access token: its kind, then {@link checkRegisteredClaims}. An ID token is meant for its
 * client, so its audience would lead to a misleading reason if the kind came later.
 * @param issuer the entry that the token was verified under
 * @param settings time rules and accepted types
 * @throws GatehouseError `token_invalid`, `token_expired`
 */
export function checkAccessToken(
  token: SignedClaims,
  issuer: IssuerSettings,
  settings: JwtSettings,
  nowMs: number,
): void {
  checkTokenKind(token.claims, issuer);
  checkRegisteredClaims(token, issuer, settings, nowMs);
}

/**
 * Evaluates the registered claims (RFC 7519 section 4.1) and the header type (RFC 8725 section
 * 3.11) against the configuration. Expiry comes last: `token_expired` shows that the token is
 * otherwise valid.
 * @param issuer the entry that the token was verified under
 * @param settings time rules and accepted types
 * @throws GatehouseError `token_invalid`, `token_expired`
 */
export function checkRegisteredClaims(
  token: SignedClaims,
  issuer: IssuerSettings,
  settings: JwtSettings,
  nowMs: number,
): void {
  const { claims } = token;
  checkType(token.type, [...settings.acceptedTypes, ...issuer.acceptedTypes]);
  checkIssuer(claims, issuer);
  checkIds(claims, settings);
  checkAudience(claims['aud'], issuer);
  checkDemandedClaims(claims, issuer);
  checkTimes(claims, settings, nowMs / 1000);
}

function checkType(type: string | null, accepted: readonly string[]): void {
  if (type === null || isOfType(type, accepted)) return;
  throw tokenInvalid('the type of the token is not accepted', CONFIG_KEYS.acceptedTypes, {
    remedy: `add the type of the token to \`${CONFIG_KEYS.acceptedTypes}\``,
  });
}

/**
 * Tells whether a header `typ` is one of some types, in any case, with or without `application/`.
 * @param accepted types in lower case, without `application/`
 */
export function isOfType(type: string, accepted: readonly string[]): boolean {
  return accepted.includes(type.toLowerCase().replace(/^application\//, ''));
}

function checkIssuer(claims: SignedClaims['claims'], entry: IssuerSettings): void {
  const { iss, sub } = claims;
  if (entry.issuer !== null && iss !== entry.issuer && !isOfTrustDomain(entry, iss, sub)) {
    const { problem, configKey, remedy } = issuerProblem(iss, [entry], issuerKeysOf(entry).issuer);
    throw tokenInvalid(problem, configKey, remedy === null ? {} : { remedy });
  }
  if (iss !== undefined && !isIdentityText(iss)) throw tokenInvalid('the issuer is not an id');
}

/**
 * A subject of another type would give a caller without a user, and a token whose id is not a
 * string could not be revoked (threat C20).
 */
function checkIds(
  { sub, jti }: SignedClaims['claims'],
  { requireSub }: Pick<JwtSettings, 'requireSub'>,
): void {
  if (sub === undefined && requireSub) {
    throw tokenInvalid('the token has no subject', CONFIG_KEYS.requireSub, {
      remedy: SUBJECT_REMEDY,
    });
  }
  if (sub !== undefined && !isIdentityText(sub)) throw tokenInvalid('the subject is not an id');
  if (jti !== undefined && typeof jti !== 'string')
    throw tokenInvalid('the token id is not a string');
}

/**
 * Evaluates the audience of claims that are proven.
 * @param aud the claim, `undefined` where there is none
 * @param entry the entry whose audience rule holds
 * @throws GatehouseError `token_invalid`
 */
export function checkAudience(aud: unknown, entry: IssuerSettings): void {
  const { audience } = entry;
  if (audience === null || isForUs(aud, audience)) return;
  const key = issuerKeysOf(entry).audience;
  const { problem, remedy } = audienceProblem(aud, entry, key);
  throw tokenInvalid(problem, key, { remedy });
}

/**
 * Evaluates the claims that an entry demands of its own callers, over proven claims.
 * @param entry the entry whose `required_claims` and `bound_claims` hold
 * @throws GatehouseError `token_invalid`
 */
export function checkDemandedClaims(claims: SignedClaims['claims'], entry: IssuerSettings): void {
  const unmet = unmetClaim(claims, entry);
  if (unmet === null) return;
  const isBound = unmet.setting === 'boundClaims';
  const problem = isBound ? 'holds none of the values that it must' : 'is missing';
  throw tokenInvalid(`the claim ${unmet.path} ${problem}`, issuerKeysOf(entry)[unmet.setting]);
}

/**
 * Evaluates `exp`, `nbf` and `iat` of claims that are proven, or that may only lead to a refusal.
 * @param settings which of them must be there, and the tolerance
 * @param now seconds since the Unix epoch
 * @throws GatehouseError `token_invalid`, `token_expired`
 */
export function checkTimes(
  claims: Readonly<Record<string, unknown>>,
  settings: TimeRules,
  now: number,
): void {
  const tolerance = settings.clockToleranceSeconds;
  const expires = numericDate(claims, 'exp');
  const notBefore = numericDate(claims, 'nbf');
  const issued = numericDate(claims, 'iat');
  if (expires === null && settings.requireExp) {
    const remedy = 'have the provider put `exp` into the token';
    throw tokenInvalid('the token has no expiry', CONFIG_KEYS.requireExp, { remedy });
  }
  if (notBefore !== null && notBefore > now + tolerance) {
    const remedy = remedyOfFuture('nbf', notBefore - now);
    throw tokenInvalid('the token is not valid yet', CONFIG_KEYS.clockTolerance, { remedy });
  }
  if (issued !== null && issued > now + tolerance) {
    const remedy = remedyOfFuture('iat', issued - now);
    throw tokenInvalid('the token was issued in the future', CONFIG_KEYS.clockTolerance, {
      remedy,
    });
  }
  checkAge(issued, settings, now);
  if (expires !== null && expires <= now - tolerance) throw expired();
}

/** Far beyond the greatest tolerance the exact difference helps no operator. */
function remedyOfFuture(claim: string, secondsAhead: number): string {
  const seconds = Math.ceil(secondsAhead);
  const compare = 'compare the clocks of the provider and of the gateway';
  if (seconds > MAX_TOLERANCE_SECONDS)
    return `${compare}: \`${claim}\` is more than ${String(MAX_TOLERANCE_SECONDS)} seconds ahead, the most that \`${CONFIG_KEYS.clockTolerance}\` allows; then get a new token`;
  return `${compare}: \`${claim}\` is ${String(seconds)} seconds ahead; or set \`${CONFIG_KEYS.clockTolerance}\` to at least ${String(seconds)}`;
}

function checkAge(issued: number | null, settings: TimeRules, now: number): void {
  const { maxTokenAgeSeconds, clockToleranceSeconds } = settings;
  if (maxTokenAgeSeconds === null) return;
  if (issued === null || now - issued > maxTokenAgeSeconds + clockToleranceSeconds) {
    throw tokenInvalid('the token is too old', CONFIG_KEYS.maxTokenAge, {
      remedy: 'get a new token',
    });
  }
}

/**
 * When claims that {@link checkTimes} accepts now will no longer be accepted.
 * @returns ms since the Unix epoch, `Infinity` for never
 */
export function endOfTimes(claims: SignedClaims['claims'], settings: TimeRules): number {
  const { clockToleranceSeconds, maxTokenAgeSeconds } = settings;
  const expires = numericDate(claims, 'exp') ?? Infinity;
  const issued = numericDate(claims, 'iat') ?? Infinity;
  const tooOld = maxTokenAgeSeconds === null ? Infinity : issued + maxTokenAgeSeconds;
  return (Math.min(expires, tooOld) + clockToleranceSeconds) * 1000;
}

function numericDate(claims: Readonly<Record<string, unknown>>, name: string): number | null {
  if (!Object.hasOwn(claims, name)) return null;
  const value = claims[name];
  const isDate = typeof value === 'number' && Math.abs(value) <= MAX_NUMERIC_DATE;
  if (!isDate) throw tokenInvalid(`the claim ${name} is not a time`);
  return value;
}

function expired(): GatehouseError {
  const context: TokenProblem = {
    problem: 'the token has expired',
    configKey: CONFIG_KEYS.clockTolerance,
  };
  return new GatehouseError('token_expired', { context: { ...context } });
}
