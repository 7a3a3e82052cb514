import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { memoizeByString } from '#libs/common';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const MARK = 'sealed1:';

const keyOf = memoizeByString((secret) => ({
  bytes: Buffer.from(hkdfSync('sha256', secret, '', 'gatehouse response cache', 32)),
}));

/**
 * Encrypts a text for one place, so that it can be read at no other.
 * @param secret `null` leaves it as it is
 * @param place name of the place
 */
export function sealed(text: string, secret: string | null, place: string): string {
  if (secret === null) return text;
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, keyOf(secret).bytes, iv).setAAD(Buffer.from(place));
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return MARK + Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64');
}

/** Reads what {@link sealed} has written; `null` where it was written with another secret, at another place, or changed. */
export function unsealed(text: string, secret: string | null, place: string): string | null {
  if (secret === null) return text;
  if (!text.startsWith(MARK)) return null;
  const bytes = Buffer.from(text.slice(MARK.length), 'base64');
  const [iv, tag, body] = [
    bytes.subarray(0, IV_BYTES),
    bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES),
    bytes.subarray(IV_BYTES + TAG_BYTES),
  ];
  try {
    const decipher = createDecipheriv(CIPHER, keyOf(secret).bytes, iv, {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(place)).setAuthTag(tag);
    return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}
