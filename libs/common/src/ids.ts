import { randomBytes, randomUUID } from 'node:crypto';

const MAX_IDENTITY_BYTES = 255;
const MAX_CLIENT_REQUEST_ID_LENGTH = 128;
const RANDOM_DIGITS = 20;
/** The random generator costs much the same for one id as for the 200 of a pool. */
const POOL_BYTES = 2_000;

let pool = '';
let taken = 0;
/** Ids of one millisecond share the text of their time. */
const time = { ms: NaN, digits: '' };

/** A new request id, `req_` and 32 hexadecimal digits whose first twelve are the time, so ids sort. */
export function newRequestId(nowMs: number = Date.now()): string {
  return `req_${timeOrderedHex(nowMs)}`;
}

/** A new decision id, `dec_` and 32 hexadecimal digits, time-ordered like a request id. */
export function newDecisionId(nowMs: number = Date.now()): string {
  return `dec_${timeOrderedHex(nowMs)}`;
}

/** A new random id for a row that an administrator creates without naming one (UUID version 4). */
export function newEntityId(): string {
  return randomUUID();
}

/**
 * Tells whether a value may identify a user, team, organisation or end user: well-formed Unicode
 * without NUL, not empty or blank, at most 255 bytes of UTF-8. Compared byte by byte everywhere.
 * @param value anything, typically a claim or a body member
 */
export function isIdentityText(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= MAX_IDENTITY_BYTES &&
    value.trim() !== '' &&
    !value.includes('\0') &&
    value.isWellFormed() &&
    Buffer.byteLength(value) <= MAX_IDENTITY_BYTES
  );
}

/**
 * A client's own request id if it can be kept: 1 to 128 visible ASCII characters, else `null`.
 * @param value header value as received
 */
export function clientRequestIdOf(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > MAX_CLIENT_REQUEST_ID_LENGTH) return null;
  return /^[\x21-\x7e]+$/.test(value) ? value : null;
}

function timeOrderedHex(nowMs: number): string {
  if (nowMs !== time.ms) {
    time.digits = nowMs.toString(16).padStart(12, '0');
    time.ms = nowMs;
  }
  if (taken === pool.length) {
    pool = randomBytes(POOL_BYTES).toString('hex');
    taken = 0;
  }
  const from = taken;
  taken += RANDOM_DIGITS;
  return time.digits + pool.slice(from, taken);
}
