import { memoizeByObject } from '#libs/common';

/*
 * How a credential is found in other texts. A part of one is looked for and not the whole, because a text without its last
 * character still discloses it.
 */

/** A run of this length that stands in a credential is not there by chance. */
const MAX_WINDOW = 24;
/** Of a credential that is shorter, the share that must be there. */
const SHARE = 3 / 4;
/** Every run of 31 characters of a long credential has one of its windows. */
const STRIDE = 8;
/** The header of a JWT is the same for all tokens of many issuers; what is secret stands behind it. */
const JWT = /^eyJ[\w-]*\.([\w-]+)\.([\w-]*)$/;
const ENCODED = /%([0-9a-f]{2})/gi;
const HEXADECIMAL = /(?:[0-9a-f]{2}){8,}/gi;
const BASE64 = /[A-Za-z0-9+/_-]{12,}/g;
/** A text may be encoded more than once. */
const MAX_DECODED = 3;

/**
 * Tells whether a text contains one of several credentials: three quarters of a short one, 31 characters in a row of the payload or
 * the signature of a JWT or of another long one; also percent-encoded, in Base64 or in hexadecimal digits.
 */
export function containsOne(text: string, credentials: readonly string[]): boolean {
  const windows = windowsIn(credentials);
  return windows.length > 0 && containsAny([text], windows, MAX_DECODED);
}

/**
 * Tells whether a text contains one of several secrets wholly, in the same encodings. For secrets among values that are none, such
 * as the headers of a configuration.
 */
export function containsWhole(text: string, secrets: readonly string[]): boolean {
  return secrets.length > 0 && containsAny([text], secrets, MAX_DECODED);
}

/** One request compares all its headers with the same credentials. */
const windowsIn = memoizeByObject((credentials: readonly string[]) =>
  credentials.flatMap(partsOf).flatMap(windowsOf),
);

function containsAny(
  texts: readonly string[],
  windows: readonly string[],
  decodings: number,
): boolean {
  if (texts.some((text) => windows.some((one) => text.includes(one)))) return true;
  if (decodings === 0) return false;
  const decoded = texts.flatMap(decodingsOf);
  return decoded.length > 0 && containsAny(decoded, windows, decodings - 1);
}

function partsOf(credential: string): readonly string[] {
  const parts =
    JWT.exec(credential)
      ?.slice(1)
      .filter((part) => part.length >= MAX_WINDOW) ?? [];
  return parts.length > 0 ? parts : [credential];
}

function windowsOf(part: string): readonly string[] {
  const length = Math.min(MAX_WINDOW, Math.floor(part.length * SHARE));
  const last = part.length - length;
  const stride = Math.min(STRIDE, Math.max(1, Math.floor(last / 2)));
  const count = Math.ceil(last / stride);
  return Array.from({ length: count + 1 }, (_, index) => {
    const start = Math.min(index * stride, last);
    return part.slice(start, start + length);
  });
}

/** What a text may mean to the one who reads it. */
function decodingsOf(text: string): readonly string[] {
  const plain = text.replace(ENCODED, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  const digits = (text.match(HEXADECIMAL) ?? []).map((run) => decoded(run, 'hex'));
  // Other characters may stand in front of what was encoded.
  const base64 = (text.match(BASE64) ?? []).flatMap((run) =>
    [0, 1, 2, 3].map((start) => decoded(run.slice(start), 'base64')),
  );
  return [...(plain === text ? [] : [plain]), ...digits, ...base64];
}

function decoded(run: string, encoding: BufferEncoding): string {
  return Buffer.from(run, encoding).toString('latin1');
}
