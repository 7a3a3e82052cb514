import { constants, createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

/** A key pair of an issuer under test. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: KeyObject;
  /** As published, with `kid`, `alg` and `use`. */
  readonly publicJwk: Readonly<Record<string, unknown>>;
}

/** What a token is made of; objects are written as JSON, buffers as they are. */
export interface TokenParts {
  readonly header?: Readonly<Record<string, unknown>> | Buffer;
  readonly payload: Readonly<Record<string, unknown>> | Buffer;
}

let made = 0;

/** A new key for an algorithm; RSA of the given size. */
export function aSigningKey(alg = 'ES256', modulusLength = 2048): SigningKey {
  made += 1;
  const kid = `key-${String(made)}-${String(process.pid)}`;
  const { privateKey, publicKey } = generatePair(alg, modulusLength);
  const exported = Object.entries(publicKey.export({ format: 'jwk' }));
  const publicJwk = { ...Object.fromEntries<unknown>(exported), kid, alg, use: 'sig' };
  return { kid, alg, privateKey, publicJwk };
}

/** A compact token with a real signature over exactly the given parts. */
export function signToken(key: SigningKey, { header = {}, payload }: TokenParts): string {
  const first = Buffer.isBuffer(header)
    ? header
    : Buffer.from(JSON.stringify({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header }));
  const second = Buffer.isBuffer(payload) ? payload : Buffer.from(JSON.stringify(payload));
  const input = `${first.toString('base64url')}.${second.toString('base64url')}`;
  return `${input}.${signatureOf(key, input).toString('base64url')}`;
}

/** A token whose HMAC is keyed with arbitrary bytes, as an attacker would make it. */
export function hmacToken(
  secret: Buffer,
  { header, payload }: Readonly<Record<'header' | 'payload', object>>,
): string {
  const parts = [{ alg: 'HS256', typ: 'JWT', ...header }, payload];
  const input = parts
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

function generatePair(alg: string, modulusLength: number) {
  if (['EdDSA', 'Ed25519'].includes(alg)) return generateKeyPairSync('ed25519');
  const namedCurve = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }[alg];
  if (namedCurve !== undefined) return generateKeyPairSync('ec', { namedCurve });
  return generateKeyPairSync('rsa', { modulusLength });
}

function signatureOf({ alg, privateKey }: SigningKey, input: string): Buffer {
  const data = Buffer.from(input);
  if (['EdDSA', 'Ed25519'].includes(alg)) return sign(null, data, privateKey);
  const digest = `sha${alg.slice(2)}`;
  if (alg.startsWith('ES'))
    return sign(digest, data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  if (alg.startsWith('RS')) return sign(digest, data, privateKey);
  return sign(digest, data, {
    key: privateKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  });
}
