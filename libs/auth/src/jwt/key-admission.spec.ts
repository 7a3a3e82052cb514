import { generateKeyPairSync } from 'node:crypto';
import { aSigningKey } from '#support/signing';
import { describeVectors } from '#support/vectors';
import { admitKeys } from './key-admission.js';
import { KeySet, MAX_CANDIDATES } from './key-set.js';

const RSA = aSigningKey('RS256').publicJwk;
const EC = aSigningKey('ES256').publicJwk;
const without = (jwk: object, ...names: string[]) =>
  Object.fromEntries(Object.entries(jwk).filter(([name]) => !names.includes(name)));
const keySet = (...entries: unknown[]) =>
  new KeySet(admitKeys(entries), { loadedAtMs: 0, isRestored: false });

describe('a published key is admitted', () => {
  test.each(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'])('for %s', (alg) => {
    expect(admitKeys([{ ...RSA, alg }]).keys).toHaveLength(1);
  });

  test.each(['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'])('for %s', (alg) => {
    expect(admitKeys([aSigningKey(alg).publicJwk]).keys).toHaveLength(1);
  });

  test('without use, key_ops, alg and kid', () => {
    expect(admitKeys([without(RSA, 'use', 'alg', 'kid')]).keys).toHaveLength(1);
    expect(admitKeys([{ ...RSA, key_ops: ['verify'] }]).keys).toHaveLength(1);
  });

  test('with its public members alone', () => {
    const [key] = admitKeys([{ ...EC, x5c: ['MII'], hint: 'x' }]).keys;
    expect(Object.keys(key?.jwk ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'x', 'y']);
  });
});

describe('a published key is refused', () => {
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
  const smallExponent = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 });
  const priv = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const secp256k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey;
  const huge = Buffer.alloc(2048, 0xff).toString('base64url');

  test.each<[string, unknown]>([
    ['of RSA with 1024 bits', weak.export({ format: 'jwk' })],
    ['of RSA with 16384 bits', { ...RSA, n: huge }],
    ['of RSA with exponent 1', { ...RSA, e: 'AQ' }],
    ['of RSA with exponent 3', smallExponent.publicKey.export({ format: 'jwk' })],
    ['of RSA with an even exponent', { ...RSA, e: 'AQAC' }],
    ['of RSA with a huge exponent', { ...RSA, e: `AQ${'A'.repeat(20)}E` }],
    ['of RSA with an even modulus', { ...RSA, n: `${String(RSA['n']).slice(0, -4)}AAAA` }],
    ['with padding in its material', { ...RSA, e: 'AQAB==' }],
    ['with no material', { kty: 'RSA', kid: 'x' }],
    ['with material that is not a string', { ...RSA, n: 5 }],
    ['that is symmetric', { kty: 'oct', k: 'AAAA', kid: 'x', alg: 'HS256' }],
    ['that publishes its private part', priv.export({ format: 'jwk' })],
    ['on another curve', { ...secp256k1.export({ format: 'jwk' }) }],
    ['whose point is not on its curve', { ...EC, y: EC['x'] }],
    ['whose curve is not that of its point', { ...EC, crv: 'P-384', alg: 'ES384' }],
    ['whose algorithm is for another curve', { ...EC, alg: 'ES384' }],
    ['whose algorithm is for another type', { ...EC, alg: 'RS256' }],
    ['whose algorithm is not accepted', { ...RSA, alg: 'RSA-OAEP' }],
    ['whose algorithm is HMAC', { ...RSA, alg: 'HS256' }],
    ['for an unknown use', { ...RSA, use: 'wrap' }],
    ['whose operations lack verify', { ...RSA, key_ops: ['encrypt'] }],
    ['whose operations are not a list', { ...RSA, key_ops: 'verify' }],
    ['whose key id is not a string', { ...RSA, kid: 5 }],
    ['of an unknown type', { kty: 'XYZ' }],
    ['with a type like a prototype', { kty: '__proto__' }],
    ['with a type that is not a string', { ...EC, kty: { toString: 0 } }],
    ['with a curve that is not a string', { ...EC, crv: { toString: 0, valueOf: 0 } }],
    ['with an algorithm that is not a string', { ...EC, alg: { toString: 0 } }],
    ['with material that cannot become a string', { ...EC, x: { toString: 0 } }],
    ['with a use that is not a string', { ...EC, use: { toString: 0 } }],
    ['that is null', null],
    ['that is a number', 5],
    ['that is a list', [RSA]],
  ])('%s, and its neighbours are not hurt', (_what, entry) => {
    const { keys, refusals } = admitKeys([EC, entry, RSA]);
    expect(keys.map(({ keyId }) => keyId)).toEqual([EC['kid'], RSA['kid']]);
    expect(refusals).toEqual([{ index: 1, problem: expect.any(String) }]);
  });
});

describe('a key for encryption is left out and not counted as refused', () => {
  test.each<[string, unknown]>([
    ['of RSA, as Keycloak publishes it', { ...RSA, use: 'enc', alg: 'RSA-OAEP' }],
    ['of RSA without algorithm', { ...without(RSA, 'alg'), use: 'enc' }],
    ['on a curve', { ...EC, use: 'enc', alg: 'ECDH-ES' }],
    ['of a type that signs nothing', { kty: 'OKP', crv: 'X25519', x: 'AAAA', use: 'enc' }],
  ])('%s', (_what, entry) => {
    const { keys, refusals } = admitKeys([entry, EC]);
    expect(keys.map(({ keyId }) => keyId)).toEqual([EC['kid']]);
    expect(refusals).toEqual([]);
  });
});

test('the signature keys of a SPIFFE bundle are admitted, its X.509 ones are not', () => {
  const bundle = [
    { ...EC, use: 'jwt-svid' },
    { ...RSA, use: 'x509-svid' },
  ];
  const { keys, refusals } = admitKeys(bundle);
  expect(keys.map(({ keyId }) => keyId)).toEqual([EC['kid']]);
  expect(refusals).toHaveLength(1);
});

describe('a key set', () => {
  test('offers the keys of a key id that fit the algorithm, all of them when several share it', () => {
    const set = keySet(RSA, { ...EC, kid: RSA['kid'] }, { ...without(RSA, 'alg') });
    expect(set.candidates(String(RSA['kid']), 'RS256')).toHaveLength(2);
    expect(set.candidates(String(RSA['kid']), 'RS512')).toHaveLength(1);
    expect(set.candidates(String(RSA['kid']), 'ES256')).toHaveLength(1);
    expect(set.candidates('other', 'RS256')).toHaveLength(0);
  });

  test('offers its only key to a token without key id, and in a larger set keys without id', () => {
    expect(keySet(EC).candidates(null, 'ES256')).toHaveLength(1);
    expect(keySet(EC, RSA).candidates(null, 'ES256')).toHaveLength(0);
    expect(keySet(without(EC, 'kid'), RSA).candidates(null, 'ES256')).toHaveLength(1);
    expect(keySet(without(EC, 'kid')).candidates('named', 'ES256')).toHaveLength(0);
  });

  test('never offers more than its bound', () => {
    const many = Array.from({ length: 20 }, () => ({
      ...aSigningKey('ES256').publicJwk,
      kid: 'k',
    }));
    expect(keySet(...many).candidates('k', 'ES256')).toHaveLength(MAX_CANDIDATES);
  });

  test('tells a key whose pinned algorithm changed from the same key before', () => {
    const before = keySet(RSA).keys[0]?.fingerprint ?? '';
    expect(keySet({ ...RSA, kid: 'renamed' }).has(before)).toBe(true);
    expect(keySet({ ...RSA, alg: 'RS512' }).has(before)).toBe(false);
  });
});

interface KeyVectors {
  readonly testGroups: readonly {
    readonly public?: { readonly keys?: readonly unknown[] };
    readonly tests: readonly { readonly tcId: number }[];
  }[];
}

describeVectors<KeyVectors>('wycheproof/json_web_key_test.json', 'Wycheproof keys', (read) => {
  test.each([
    [7, 'ROCA'],
    [8, '1024 bits'],
    [9, 'exponent 1'],
  ])('number %i (%s) is refused', (id) => {
    const group = read().testGroups.find(({ tests }) => tests.some(({ tcId }) => tcId === id));
    const entries = group?.public?.keys ?? [group?.public];
    expect(admitKeys(entries)).toMatchObject({ keys: [], refusals: [{ index: 0 }] });
  });
});
