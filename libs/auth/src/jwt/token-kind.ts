import type { IssuerSettings } from '#libs/config';
import { readClaim } from '../matching/claim-path.js';
import { holdsBoundClaim } from './bound-claims.js';
import { tokenInvalid } from '../failures/token-error.js';

type Claims = Readonly<Record<string, unknown>>;

/**
 * Claims by which a payload names its kind: Keycloak's `typ`, Amazon Cognito's `token_use`, and `token_type` of
 * introspection responses (RFC 7662 section 2.2).
 */
const KIND_CLAIMS: readonly string[] = ['typ', 'token_use', 'token_type'];

/** Kinds that are not access tokens, in lower case, without "token" at the end. */
const OTHER_KINDS: ReadonlyMap<string, string> = new Map([
  ['id', 'the ID token'],
  ['refresh', 'the refresh token'],
  ['offline', 'the offline token'],
  ['logout', 'a logout token'],
  ['initialaccess', 'an initial access token'],
  ['registrationaccess', 'a registration access token'],
]);

/** Kinds of access tokens that come with a proof. */
const BOUND_KINDS: readonly string[] = ['dpop', 'pop'];

const BEARER_REMEDY =
  'get a bearer token: at the provider, switch off DPoP and certificate-bound tokens for the client';

/**
 * Refuses every kind of token but access tokens that a bearer may use: tokens bound to a key, tokens that name another
 * kind, and tokens that lack the mark of the issuer's access tokens.
 * @throws GatehouseError `token_invalid`, with a remedy
 */
export function checkTokenKind(
  claims: Claims,
  {
    accessTokens,
    configPath,
    preset,
  }: Pick<IssuerSettings, 'accessTokens' | 'configPath' | 'preset'>,
): void {
  checkStatedKind(claims);
  const { marks, excludedClaims } = accessTokens;
  const key = preset === null ? null : `${configPath}.preset`;
  const excluded = excludedClaims.find((name) => Object.hasOwn(claims, name));
  if (excluded !== undefined) {
    const remedy = 'send the access token, not the ID token';
    throw tokenInvalid(`the claim ${excluded} makes it an ID token`, key, { remedy });
  }
  if (marks.length === 0 || marks.some((mark) => holdsBoundClaim(claims, mark))) return;
  const wanted = marks.map(({ path, values }) => shownMark(path, values)).join(' or ');
  const remedy = `send the access token: those of this issuer have ${wanted}`;
  throw tokenInvalid('the token lacks the mark of an access token', key, { remedy });
}

/**
 * Refuses tokens that are bound to a key, tokens that name another kind and security event tokens. Of responses about a token too, which need
 * not carry the marks of the token.
 * @param claims claims of a token, or members of a response about it
 * @throws GatehouseError `token_invalid`, with a remedy
 */
export function checkStatedKind(claims: Claims): void {
  checkUnbound(claims);
  checkNoEvents(claims);
  for (const name of KIND_CLAIMS) {
    for (const kind of namedKinds(readClaim(claims, name))) {
      if (BOUND_KINDS.includes(kind)) throw bound(name);
      const other = OTHER_KINDS.get(kind);
      if (other === undefined) continue;
      const remedy = `send the access token, not ${other}`;
      throw tokenInvalid(`the claim ${name} names another kind of token`, null, { remedy });
    }
  }
}

/**
 * Refuses a token that is bound to a key (RFC 7800), by DPoP (`jkt`, RFC 9449), by a certificate (`x5t#S256`, RFC 8705)
 * or in another way: the proof would have to be checked, and the bare token may be stolen.
 * @param claims claims of a token, or members of a response about it
 * @throws GatehouseError `token_invalid`, with a remedy
 */
export function checkUnbound(claims: Claims): void {
  if ((readClaim(claims, 'cnf') ?? null) !== null) throw bound('cnf');
}

/** The object `events` makes a security event token, such as a logout token, which no header type need tell (RFC 8417 section 2.2). */
function checkNoEvents(claims: Claims): void {
  const events = Object.hasOwn(claims, 'events') ? claims['events'] : null;
  if (typeof events !== 'object' || events === null || Array.isArray(events)) return;
  const remedy = 'send the access token, not a logout token or another security event token';
  throw tokenInvalid('the claim events makes it a security event token', null, { remedy });
}

function bound(claim: string) {
  const problem = `the claim ${claim} binds the token to a key, whose proof cannot be checked`;
  return tokenInvalid(problem, null, { remedy: BEARER_REMEDY });
}

/** Returns the kinds that a claim such as `typ` names, in lower case, without media type and "token". */
export function namedKinds(value: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((one) => typeof one === 'string').map(normalised);
}

/** "ID", "id_token", "application/id+jwt", "ID Token". */
function normalised(kind: string): string {
  return kind
    .trim()
    .toLowerCase()
    .replace(/^application\//, '')
    .replace(/\+jwt$/, '')
    .replace(/[-_ ]?token$/, '');
}

function shownMark(path: string, values: readonly string[]): string {
  return values.includes('*') ? `\`${path}\`` : `\`${path}: ${values.join(' or ')}\``;
}
