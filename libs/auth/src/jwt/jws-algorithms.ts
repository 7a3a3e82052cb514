/** What a public key must be to verify a signature: RSA, or one exact curve. */
export type KeyFamily = 'RSA' | 'P-256' | 'P-384' | 'P-521' | 'Ed25519';

/**
 * Accepted signature algorithms with the family of key that each needs (RFC 7518 section 3.1,
 * RFC 8037, RFC 9864). Asymmetric only: `none` and HMAC can never be chosen by a token (RFC 8725 section 3.1).
 */
const FAMILY_OF_ALGORITHM = {
  RS256: 'RSA',
  RS384: 'RSA',
  RS512: 'RSA',
  PS256: 'RSA',
  PS384: 'RSA',
  PS512: 'RSA',
  ES256: 'P-256',
  ES384: 'P-384',
  ES512: 'P-521',
  EdDSA: 'Ed25519',
  Ed25519: 'Ed25519',
} as const satisfies Record<string, KeyFamily>;

/** One accepted value of a token's `alg`. */
export type JwsAlgorithm = keyof typeof FAMILY_OF_ALGORITHM;

/** Every accepted algorithm. */
export const JWS_ALGORITHMS = Object.keys(FAMILY_OF_ALGORITHM) as readonly JwsAlgorithm[];

/**
 * Tells whether a header or key may name this algorithm.
 * @param value the `alg` member
 */
export function isJwsAlgorithm(value: unknown): value is JwsAlgorithm {
  return typeof value === 'string' && Object.hasOwn(FAMILY_OF_ALGORITHM, value);
}

/** The only family of key that an algorithm can be verified with. */
export function keyFamilyOf(algorithm: JwsAlgorithm): KeyFamily {
  return FAMILY_OF_ALGORITHM[algorithm];
}

/** Returns every accepted algorithm that a key can verify. */
export function algorithmsOf(family: KeyFamily): readonly JwsAlgorithm[] {
  return JWS_ALGORITHMS.filter((algorithm) => keyFamilyOf(algorithm) === family);
}

/**
 * Returns true when two names mean one algorithm. `EdDSA` and `Ed25519` do: with the curve that is accepted here they are the
 * older and the newer name (RFC 9864 section 2.2).
 * @param one an algorithm of a token, a key or the configuration
 * @param other the algorithm to compare with
 */
export function isSameAlgorithm(one: string, other: string): boolean {
  return newerName(one) === newerName(other);
}

function newerName(algorithm: string): string {
  return algorithm === 'EdDSA' ? 'Ed25519' : algorithm;
}
