import { createHash, createPublicKey } from 'node:crypto';
import {
  anAttack,
  EC,
  ED,
  ENCRYPTION,
  RSA,
  STRANGER,
  TWINS,
  UNPINNED,
  WEAK,
} from '#support/attack-harness';
import type { KeyServer } from '#support/key-server';
import { aSigningKey, hmacToken, signToken } from '#support/signing';

const attack = anAttack();
const { claims, good, result } = attack;
let attacker: KeyServer;

beforeAll(async () => {
  ({ attacker } = await attack.start());
});

afterAll(async () => {
  await attack.stop();
});

afterEach(() => {
  expect(attacker.fetches).toBe(0);
});

describe('a token in order is accepted', () => {
  test.each([
    ['ES256', EC],
    ['RS256', RSA],
    ['EdDSA', ED],
    ['Ed25519 under a key whose algorithm has the older name', { ...ED, alg: 'Ed25519' }],
    ['ES256 of the first of two keys with one id', TWINS[0]],
    ['ES256 of the second of two keys with one id', TWINS[1]],
    ['RS512 under a key that names no algorithm', { ...UNPINNED, alg: 'RS512' }],
    ['PS256 under a key that names no algorithm', { ...UNPINNED, alg: 'PS256' }],
  ])('with %s', async (_what, key) => {
    expect(await result(signToken(key ?? EC, { payload: claims() }))).toBe('accepted alice');
  });

  test('and strange members of its header and payload have no effect', async () => {
    const header = {
      jku: attacker.jwksUrl,
      x5u: attacker.origin,
      jwk: STRANGER.publicJwk,
      b64: true,
    };
    const over = { _litellm_user_id: 'root', __proto__: { admin: true }, is_admin: true };
    expect(await result(good(header, over))).toBe('accepted alice');
  });
});

describe('a signature that proves nothing is refused', () => {
  test.each(['none', 'None', 'NONE', 'nOnE', ''])('algorithm %j', async (alg) => {
    const [, payload, signature] = good().split('.');
    const header = Buffer.from(JSON.stringify({ alg, kid: EC.kid })).toString('base64url');
    for (const last of ['', 'AAAA', signature]) {
      expect(await result(`${header}.${String(payload)}.${String(last)}`)).toBe('token_invalid');
    }
  });

  test('HMAC keyed with any public form of the keys', async () => {
    const pem = createPublicKey({ key: { ...RSA.publicJwk }, format: 'jwk' });
    const spki = pem.export({ type: 'spki', format: 'pem' });
    const secrets = [
      spki,
      spki.trim(),
      spki.replaceAll('\n', '\r\n'),
      pem.export({ type: 'pkcs1', format: 'pem' }),
      pem.export({ type: 'spki', format: 'der' }),
      JSON.stringify(RSA.publicJwk),
      Buffer.from(String(RSA.publicJwk['n']), 'base64url'),
      '',
      RSA.kid,
      'undefined',
      'secret',
    ];
    for (const kid of [RSA.kid, EC.kid]) {
      for (const secret of secrets) {
        for (const alg of ['HS256', 'RS256']) {
          const token = hmacToken(Buffer.from(secret), { header: { alg, kid }, payload: claims() });
          expect(await result(token)).toBe('token_invalid');
        }
      }
    }
  });

  test.each(['RS384', 'RS512', 'PS256'])('%s under a key that is for RS256', async (alg) => {
    expect(await result(signToken({ ...RSA, alg }, { payload: claims() }))).toBe('token_invalid');
  });

  test.each([
    ['of a stranger under a published key id', () => signToken(STRANGER, { payload: claims() })],
    [
      'of a stranger with its key in the header',
      () =>
        signToken(STRANGER, {
          header: { jwk: STRANGER.publicJwk, jku: attacker.jwksUrl },
          payload: claims(),
        }),
    ],
    [
      'of ECDSA under the id of an RSA key',
      () => signToken(EC, { header: { kid: RSA.kid }, payload: claims() }),
    ],
    ['by a key of 1024 bits', () => signToken(WEAK, { payload: claims() })],
    ['by a key for encryption', () => signToken(ENCRYPTION, { payload: claims() })],
    ['by no published key', () => signToken(aSigningKey('ES256'), { payload: claims() })],
    [
      'without key id although there are several keys',
      () => signToken(EC, { header: { kid: undefined }, payload: claims() }),
    ],
  ])('%s', async (_what, token) => {
    expect(await result(token())).toBe('token_invalid');
  });

  test('forged for a key of exponent 1', async () => {
    const header = Buffer.from(JSON.stringify({ alg: 'RS256', kid: 'exponent-1' })).toString(
      'base64url',
    );
    const payload = Buffer.from(JSON.stringify(claims())).toString('base64url');
    const digest = createHash('sha256').update(`${header}.${payload}`).digest();
    const info = Buffer.from('3031300d060960864801650304020105000420', 'hex');
    const padding = Buffer.alloc(256 - 3 - info.length - digest.length, 0xff);
    const forged = Buffer.concat([Buffer.from([0, 1]), padding, Buffer.from([0]), info, digest]);
    expect(await result(`${header}.${payload}.${forged.toString('base64url')}`)).toBe(
      'token_invalid',
    );
  });

  test('psychic and otherwise impossible', async () => {
    const input = good().split('.').slice(0, 2).join('.');
    const order = Buffer.from(
      'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
      'hex',
    );
    const zero = Buffer.alloc(32);
    const one = Buffer.from('01'.padStart(64, '0'), 'hex');
    for (const r of [zero, one, order]) {
      for (const s of [zero, one, order]) {
        const signature = Buffer.concat([r, s]).toString('base64url');
        expect(await result(`${input}.${signature}`)).toBe('token_invalid');
      }
    }
  });
});

describe('a header that asks for more is refused', () => {
  test.each<[string, object]>([
    ['an unknown critical extension', { crit: ['exp'] }],
    ['an empty list of extensions', { crit: [] }],
    ['extensions that are not a list', { crit: 'b64' }],
    ['an unencoded payload', { b64: false }],
    ['an unencoded payload, declared', { b64: false, crit: ['b64'] }],
    ['compression', { zip: 'DEF' }],
    ['encryption', { enc: 'A256GCM' }],
    ['the type of another kind of token', { typ: 'logout+jwt' }],
    ['a type that is not a string', { typ: 5 }],
    ['a key id that is a number', { kid: 5 }],
    ['a key id that is an object', { kid: { $ne: '' } }],
    ['a key id that is null', { kid: null }],
    ['a key id that is a path', { kid: '../../../../dev/null' }],
    ['a key id that is a query', { kid: "x' UNION SELECT 'key" }],
    ['a key id that is an address', { kid: 'http://127.0.0.1:9/key' }],
    ['a key id like a prototype', { kid: '__proto__' }],
  ])('%s', async (_what, header) => {
    expect(await result(good({ ...header }))).toBe('token_invalid');
  });
});
