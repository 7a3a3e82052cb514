import { isJsonObject } from '#libs/common';
import { isJwsAlgorithm, type JwsAlgorithm } from './jws-algorithms.js';
import { parseStrictJson } from '../provider/strict-json.js';
import { tokenInvalid } from '../failures/token-error.js';
import { CONFIG_KEYS } from '../failures/config-keys.js';

/** The members of a token's header that are read; no other member has an effect. */
export interface TokenHeader {
  readonly alg: JwsAlgorithm;
  /** `kid`; `null` when absent. */
  readonly keyId: string | null;
  /** `typ` as sent; `null` when absent. */
  readonly type: string | null;
}

/** A parsed token. Nothing in it is verified. */
export interface CompactToken {
  readonly header: TokenHeader;
  readonly claims: Readonly<Record<string, unknown>>;
}

/**
 * Parses a compact JWS (RFC 7515 section 7.1) and refuses every form that two parsers could read
 * differently: loose or non-canonical base64url, duplicate members, invalid UTF-8, a payload that
 * is not an object. `jku`, `jwk`, `x5u` and `x5c` are never used (RFC 8725 section 3.10).
 * @param token the whole token, already within its size limit
 * @param mayRepeatMembers accepts duplicate members of header and payload
 * @throws GatehouseError `token_invalid`
 */
export function parseCompactToken(token: string, mayRepeatMembers: boolean): CompactToken {
  const segments = token.split('.');
  const [header, payload, signature] = segments;
  if (header === undefined || payload === undefined || signature === undefined) throw notSigned();
  if (segments.length !== 3) throw notSigned();
  decode('signature', signature);
  return {
    header: readHeader(parseObject('header', header, mayRepeatMembers)),
    claims: parseObject('payload', payload, mayRepeatMembers),
  };
}

function notSigned(): Error {
  return tokenInvalid('the credential is not a signed token of three parts');
}

function parseObject(
  name: string,
  segment: string,
  mayRepeatMembers: boolean,
): Readonly<Record<string, unknown>> {
  const json = parseStrictJson(decode(name, segment), mayRepeatMembers);
  if (!json.isValid) {
    throw tokenInvalid(`the ${name} ${json.problem}`, CONFIG_KEYS.duplicateMembers);
  }
  if (!isJsonObject(json.value)) throw tokenInvalid(`the ${name} is not a JSON object`);
  return json.value;
}

/**
 * Node's decoder skips what is not base64url, so the result is encoded again and compared. That
 * also refuses unused trailing bits, which would give one signature several spellings.
 */
function decode(name: string, segment: string): Buffer {
  const bytes = Buffer.from(segment, 'base64url');
  if (bytes.length === 0 || bytes.toString('base64url') !== segment) {
    throw tokenInvalid(`the ${name} is not canonical base64url`);
  }
  return bytes;
}

function readHeader(header: Readonly<Record<string, unknown>>): TokenHeader {
  const { alg, kid, typ } = header;
  if (!isJwsAlgorithm(alg)) throw tokenInvalid('the algorithm is not accepted');
  if (kid !== undefined && typeof kid !== 'string')
    throw tokenInvalid('the key id is not a string');
  if (typ !== undefined && typeof typ !== 'string') throw tokenInvalid('the type is not a string');
  refuseExtensions(header);
  return { alg, keyId: kid ?? null, type: typ ?? null };
}

/** No extension is understood, so a token that insists on one is refused (RFC 7515 section 4.1.11). */
function refuseExtensions(header: Readonly<Record<string, unknown>>): void {
  if (Object.hasOwn(header, 'crit')) throw tokenInvalid('the header demands an extension');
  if (Object.hasOwn(header, 'b64') && header['b64'] !== true) {
    throw tokenInvalid('the payload is not encoded');
  }
  // Members of an encrypted token (RFC 7516): nothing is ever inflated or decrypted here.
  if (Object.hasOwn(header, 'enc') || Object.hasOwn(header, 'zip')) {
    throw tokenInvalid('the token is encrypted or compressed');
  }
}
