import { createPrivateKey, type JsonWebKeyInput } from 'node:crypto';
import { isGatehouseError } from '#libs/common';
import { aHarness, type CredentialHarness } from '#support/credential-harness';
import { anIssuer } from '#support/jwt-settings';
import { KeyServer } from '#support/key-server';
import { aSigningKey, signToken, type SigningKey } from '#support/signing';
import { describeVectors } from '#support/vectors';
import { admitKeys } from './key-admission.js';
import { isJwsAlgorithm } from './jws-algorithms.js';
import { JwtModule } from './jwt.module.js';
import { JwtVerifier } from './jwt-verifier.js';
import { KeySet } from './key-set.js';
import type { KeySource } from './key-source.js';
import { SignatureCheck } from './signature.js';

type Jwk = Readonly<Record<string, unknown>>;

interface JwsGroup {
  readonly private?: Jwk & { readonly keys?: readonly Jwk[] };
  readonly public?: Jwk & { readonly keys?: readonly Jwk[] };
  readonly tests: readonly {
    readonly tcId: number;
    readonly jws?: unknown;
    readonly jwe?: unknown;
    readonly result: string;
  }[];
}
interface Wycheproof {
  readonly testGroups: readonly JwsGroup[];
}

const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth'];
const publicPart = (jwk: Jwk): Jwk =>
  Object.fromEntries(Object.entries(jwk).filter(([name]) => !PRIVATE.includes(name)));
const keysOf = (group: JwsGroup): readonly Jwk[] => {
  const source = group.public ?? group.private ?? {};
  return (source.keys ?? [source]).map(publicPart);
};

let server: KeyServer;
let harness: CredentialHarness;

beforeAll(async () => {
  server = await KeyServer.start();
});

beforeEach(async () => {
  harness = await freshHarness();
});

afterEach(async () => {
  await harness.close();
});

afterAll(async () => {
  await server.stop();
});

const freshHarness = () =>
  aHarness(
    { imports: [JwtModule] },
    {
      jwt: { issuers: [anIssuer({ keyUrls: [server.jwksUrl] })], requireExp: false },
    },
  );

async function result(token: string): Promise<string> {
  return harness.module
    .get(JwtVerifier)
    .verify(token)
    .then(
      () => 'good',
      (error: unknown) => (isGatehouseError(error) ? error.code : `defect: ${String(error)}`),
    );
}

/** The signature alone, past the rule that a payload is a claims set. */
async function provesSignature(token: string, group: JwsGroup): Promise<boolean> {
  const [segment = ''] = token.split('.');
  let header: Jwk;
  try {
    header = JSON.parse(Buffer.from(segment, 'base64url').toString());
  } catch {
    return false;
  }
  const { alg, kid } = header;
  if (!isJwsAlgorithm(alg)) return false;
  const set = new KeySet(admitKeys(keysOf(group)), { loadedAtMs: 0, isRestored: false });
  const source = {
    generation: 0,
    usable: () => set,
    obtain: () => Promise.resolve(),
    refreshOnDemand: () => Promise.resolve(),
  };
  const keyId = typeof kid === 'string' ? kid : null;
  return new SignatureCheck(token, { alg, keyId, type: null }, [source as unknown as KeySource])
    .run()
    .then((proven) => proven !== null)
    .catch(() => false);
}

describeVectors<Wycheproof>('wycheproof/json_web_signature_test.json', 'Wycheproof JWS', (read) => {
  test('ends with a refusal for every token, because no payload is a claims set', async () => {
    for (const group of read().testGroups) {
      server.keys = [...keysOf(group)];
      await harness.close();
      harness = await freshHarness();
      for (const { tcId, jws } of group.tests) {
        expect([tcId, await result(String(jws))]).toEqual([tcId, 'token_invalid']);
      }
    }
  });

  test('has no signature accepted that is labelled invalid, and few valid ones refused', async () => {
    const refused: number[] = [];
    for (const group of read().testGroups) {
      for (const { tcId, jws, result } of group.tests) {
        const isProven = await provesSignature(String(jws), group);
        if (result === 'invalid') expect([tcId, isProven]).toEqual([tcId, false]);
        if (result === 'valid' && !isProven) refused.push(tcId);
      }
    }
    // HMAC, keys whose algorithm is another than the token's, and illegal characters (BASELINE.json).
    const byPolicy = [1, 348, 352, 357, 358, 359, 376, 377, 346, 347, 350, 351, 372, 373];
    expect(refused.filter((id) => !byPolicy.includes(id))).toEqual([]);
  });

  test('has keys that verify claims sets signed anew with them, and no claims sets of other keys', async () => {
    let signed = 0;
    for (const group of read().testGroups) {
      const { alg, kid } = group.private ?? {};
      if (!isJwsAlgorithm(alg)) continue;
      const key = signingKey(group, alg, String(kid));
      const stranger = { ...aSigningKey(alg), kid: String(kid) };
      server.keys = [...keysOf(group)];
      await harness.close();
      harness = await freshHarness();
      expect(await result(signToken(key, { payload: { sub: 'alice' } }))).toBe('good');
      expect(await result(signToken(stranger, { payload: { sub: 'alice' } }))).toBe(
        'token_invalid',
      );
      signed += 1;
    }
    expect(signed).toBeGreaterThan(5);
  });
});

function signingKey(group: JwsGroup, alg: string, kid: string): SigningKey {
  const jwk = group.private as unknown as JsonWebKeyInput['key'];
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
  return { kid, alg, privateKey, publicJwk: publicPart(group.private ?? {}) };
}

describeVectors<Wycheproof>('wycheproof/json_web_crypto_test.json', 'Wycheproof JOSE', (read) => {
  test('has no signature accepted that is labelled invalid', async () => {
    for (const group of read().testGroups) {
      for (const { tcId, jws, result } of group.tests) {
        if (typeof jws !== 'string' || result !== 'invalid') continue;
        expect([tcId, await provesSignature(jws, group)]).toEqual([tcId, false]);
      }
    }
  });
});

describeVectors<Wycheproof>('wycheproof/json_web_key_test.json', 'Wycheproof JWK', (read) => {
  test('has no signature accepted that is labelled invalid', async () => {
    for (const group of read().testGroups) {
      for (const { tcId, jws, result } of group.tests) {
        if (result !== 'invalid') continue;
        expect([tcId, await provesSignature(String(jws), group)]).toEqual([tcId, false]);
      }
    }
  });
});

describeVectors<Wycheproof>(
  'wycheproof/json_web_encryption_test.json',
  'Wycheproof JWE',
  (read) => {
    test('ends with a refusal for every token, and no key is even looked for', async () => {
      const before = server.fetches;
      for (const { tests } of read().testGroups) {
        for (const { tcId, jwe } of tests) {
          expect([tcId, await result(String(jwe))]).toEqual([tcId, 'token_invalid']);
        }
      }
      expect(server.fetches).toBe(before);
    });
  },
);

describeVectors<{
  readonly parsing: Record<string, string>;
  readonly transform: Record<string, string>;
}>('jsontestsuite/jsontestsuite.json', 'JSONTestSuite as signed payload and header', (read) => {
  const key = aSigningKey('ES256');

  test('is refused unless it is an object, and never a defect', async () => {
    server.keys = [key.publicJwk];
    const { parsing, transform } = read();
    for (const [name, base64] of Object.entries({ ...parsing, ...transform })) {
      const bytes = Buffer.from(base64, 'base64');
      if (bytes.length > 8_000) continue;
      const payload = await result(signToken(key, { payload: bytes }));
      if (name.startsWith('n_')) expect([name, payload]).toEqual([name, 'token_invalid']);
      else expect([name, payload]).toEqual([name, expect.stringMatching(/^(good|token_invalid)$/)]);
      const header = await result(signToken(key, { header: bytes, payload: { sub: 'alice' } }));
      expect([name, header]).toEqual([name, 'token_invalid']);
    }
  });
});

interface CookbookJws {
  readonly input: { readonly key?: Jwk };
  readonly output: { readonly compact?: string; readonly json_flat?: object };
}

describe.each([
  '4_1.rsa_v15_signature',
  '4_2.rsa-pss_signature',
  '4_3.ecdsa_signature',
  '4_4.hmac-sha2_integrity_protection',
  '4_6.protecting_specific_header_fields',
  '4_8.multiple_signatures',
])('RFC 7520', (name) => {
  describeVectors<CookbookJws>(`cookbook/jws/${name}.json`, name, (read) => {
    test('has its signature verified if that is asymmetric, and is not an access token', async () => {
      const { input, output } = read();
      server.keys = input.key === undefined ? [] : [publicPart(input.key)];
      const token = output.compact ?? JSON.stringify(output.json_flat ?? output);
      expect(await result(token)).toBe('token_invalid');
      const group: JwsGroup = { public: input.key ?? {}, tests: [] };
      const isCompact = output.compact !== undefined && input.key?.['kty'] !== 'oct';
      expect(await provesSignature(token, group)).toBe(isCompact);
    });
  });
});
