import { aSigningKey } from '#support/signing';
import { isSameAlgorithm, isJwsAlgorithm } from './jws-algorithms.js';
import { admitKeys } from './key-admission.js';
import { KeySet } from './key-set.js';

describe('the two names of an Ed25519 signature (RFC 9864)', () => {
  it.each([
    ['EdDSA', 'EdDSA'],
    ['EdDSA', 'Ed25519'],
    ['Ed25519', 'EdDSA'],
    ['Ed25519', 'Ed25519'],
  ] as const)('a key of %s verifies a token of %s', (keyAlgorithm, tokenAlgorithm) => {
    const { publicJwk, kid } = aSigningKey(keyAlgorithm);
    const set = new KeySet(admitKeys([publicJwk]), { loadedAtMs: 0, isRestored: false });
    expect(set.candidates(kid, tokenAlgorithm)).toHaveLength(1);
    expect(set.candidates(kid, 'ES256')).toEqual([]);
  });

  it.each([
    ['ES256', 'ES384'],
    ['RS256', 'PS256'],
    ['EdDSA', 'ES256'],
  ])('%s and %s remain different', (one, other) => {
    expect(isSameAlgorithm(one, other)).toBe(false);
  });

  it.each(['Ed448', 'ed25519', 'ESP256'])('%s is not accepted', (name) => {
    expect(isJwsAlgorithm(name)).toBe(false);
  });
});
