import { createPublicKey, type KeyObject } from 'node:crypto';
import type { KeyFamily } from './jws-algorithms.js';
import { isRocaModulus } from './roca.js';

/** The members of a published key, unevaluated. */
export type JwkMembers = Readonly<Record<string, unknown>>;

/** A key and its public members in normal form. */
export interface ImportedKey {
  readonly key: KeyObject;
  readonly jwk: Readonly<Record<string, string>>;
}

const MIN_RSA_BITS = 2048;
/** Verification with a larger key costs so much that tokens become a means of attack. */
const MAX_RSA_BITS = 8192;
const MIN_RSA_EXPONENT = 65_537n;
/** A large exponent costs as a large modulus does. */
const RSA_EXPONENT_LIMIT = 1n << 64n;
/** 8192 bits in base64url, and room for leading zeros. */
const MAX_MEMBER_LENGTH = 1_376;
const BASE64URL = /^[A-Za-z0-9_-]+$/;

/**
 * Imports a key from its public members alone, so that no other member of the document has an
 * effect, and checks the material: points must lie on their curve, RSA keys must not allow forgery
 * and must have a bounded cost.
 * @param family the family that the key claims
 * @returns the key, or why it is refused
 */
export function importPublicKey(members: JwkMembers, family: KeyFamily): ImportedKey | string {
  const material = materialOf(members, family);
  if (material === null) return 'its material is not base64url, or too long';
  const key = createKey({ ...material, kty: String(members['kty']) });
  if (key === null) return 'its material is not a key';
  const problem = family === 'RSA' ? rsaProblem(key) : null;
  return problem ?? { key, jwk: exported(key) };
}

function materialOf(members: JwkMembers, family: KeyFamily): Record<string, string> | null {
  const names = family === 'RSA' ? ['n', 'e'] : family === 'Ed25519' ? ['x'] : ['x', 'y'];
  const material: Record<string, string> = family === 'RSA' ? {} : { crv: family };
  for (const name of names) {
    const value = members[name];
    if (typeof value !== 'string' || value.length > MAX_MEMBER_LENGTH) return null;
    if (!BASE64URL.test(value)) return null;
    material[name] = value;
  }
  return material;
}

function createKey(jwk: { kty: string } & Record<string, string>): KeyObject | null {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    return null;
  }
}

/** Returns the public members in the order of RFC 7638, so that equal keys give equal JSON. */
function exported(key: KeyObject): Record<string, string> {
  const jwk = new Map<string, unknown>(Object.entries(key.export({ format: 'jwk' })));
  const members = ['crv', 'e', 'kty', 'n', 'x', 'y'].filter((name) => jwk.has(name));
  return Object.fromEntries(members.map((name) => [name, String(jwk.get(name))]));
}

function rsaProblem(key: KeyObject): string | null {
  const { modulusLength: bits = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) return 'its modulus is too short or too long';
  if (!isSoundExponent(publicExponent)) return 'its exponent is unsafe';
  const modulus = Buffer.from(exported(key)['n'] ?? '', 'base64url');
  if (modulus.readUInt8(modulus.length - 1) % 2 === 0) return 'its modulus is even';
  return isRocaModulus(modulus) ? 'it comes from a generator that is broken (ROCA)' : null;
}

/** With exponent 1 a signature equals its message, so that every attacker can forge it. */
function isSoundExponent(exponent: bigint): boolean {
  return exponent >= MIN_RSA_EXPONENT && exponent < RSA_EXPONENT_LIMIT && exponent % 2n === 1n;
}
