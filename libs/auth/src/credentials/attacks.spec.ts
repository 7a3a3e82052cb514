import { createHash, createPublicKey, randomUUID } from 'node:crypto';
import { DecisionTrace } from '#libs/access';
import { isGatehouseError } from '#libs/common';
import { aBench, type CredentialBench } from '#support/credential-bench';
import { KeyServer } from '#support/key-server';
import { aSigningKey, hmacToken, signToken } from '#support/signing';
import { Authenticator } from './authenticator.js';
import { CREDENTIAL_PROVIDERS } from './credential-providers.js';

const AUDIENCE = 'gatehouse';
const MASTER_KEY = 'sk-8c1f0d8f-with.two.dots';
const EC = aSigningKey('ES256');
const RSA = aSigningKey('RS256');
const ED = aSigningKey('EdDSA');
const STRANGER = { ...aSigningKey('ES256'), kid: EC.kid };
const TWINS = [aSigningKey('ES256'), aSigningKey('ES256')].map((key) => ({ ...key, kid: 'twin' }));
const UNPINNED = aSigningKey('RS256');
const WEAK = aSigningKey('RS256', 1024);
const ENCRYPTION = aSigningKey('RS256');
const LOCAL = { remoteAddress: '127.0.0.1' };

let server: KeyServer;
let attacker: KeyServer;
let bench: CredentialBench;

beforeAll(async () => {
  attacker = await KeyServer.start(STRANGER.publicJwk);
  server = await KeyServer.start(
    EC.publicJwk,
    RSA.publicJwk,
    ED.publicJwk,
    ...TWINS.map(({ publicJwk }) => ({ ...publicJwk, kid: 'twin' })),
    { ...UNPINNED.publicJwk, alg: undefined },
    WEAK.publicJwk,
    { ...RSA.publicJwk, e: 'AQ', kid: 'exponent-1' },
    { ...ENCRYPTION.publicJwk, use: 'enc' },
    { kty: 'oct', k: 'c2VjcmV0', kid: EC.kid, alg: 'HS256' },
    null,
  );
  bench = await aBench(CREDENTIAL_PROVIDERS, {
    masterKey: MASTER_KEY,
    jwt: { publicKeyUrls: [server.jwksUrl], issuer: server.origin, audience: AUDIENCE },
  });
});

afterAll(async () => {
  await bench.close();
  await server.stop();
  await attacker.stop();
});

afterEach(() => {
  expect(attacker.fetches).toBe(0);
});

const claims = (over: Readonly<Record<string, unknown>> = {}) => ({
  iss: server.origin,
  aud: AUDIENCE,
  sub: 'alice',
  iat: bench.clock.seconds,
  exp: bench.clock.seconds + 300,
  jti: randomUUID(),
  ...over,
});

const good = (header: Readonly<Record<string, unknown>> = {}, over = {}) =>
  signToken(EC, { header, payload: claims(over) });

async function verdict(token: string, trace = new DecisionTrace('dec_test')): Promise<string> {
  try {
    const authenticator = bench.module.get(Authenticator);
    const { subject } = await authenticator.authenticate(
      { authorization: `Bearer ${token}` },
      LOCAL,
      trace,
    );
    return `accepted ${String(subject)}`;
  } catch (error) {
    return isGatehouseError(error) ? error.code : String(error);
  }
}

describe('a token in order is accepted', () => {
  test.each([
    ['ES256', EC],
    ['RS256', RSA],
    ['EdDSA', ED],
    ['ES256 of the first of two keys with one id', TWINS[0]],
    ['ES256 of the second of two keys with one id', TWINS[1]],
    ['RS512 under a key that names no algorithm', { ...UNPINNED, alg: 'RS512' }],
    ['PS256 under a key that names no algorithm', { ...UNPINNED, alg: 'PS256' }],
  ])('with %s', async (_what, key) => {
    expect(await verdict(signToken(key ?? EC, { payload: claims() }))).toBe('accepted alice');
  });

  test('and strange members of its header and payload have no effect', async () => {
    const header = {
      jku: attacker.jwksUrl,
      x5u: attacker.origin,
      jwk: STRANGER.publicJwk,
      b64: true,
    };
    const over = { _litellm_user_id: 'root', __proto__: { admin: true }, is_admin: true };
    expect(await verdict(good(header, over))).toBe('accepted alice');
  });
});

describe('a signature that proves nothing is refused', () => {
  test.each(['none', 'None', 'NONE', 'nOnE', ''])('algorithm %j', async (alg) => {
    const [, payload, signature] = good().split('.');
    const header = Buffer.from(JSON.stringify({ alg, kid: EC.kid })).toString('base64url');
    for (const last of ['', 'AAAA', signature]) {
      expect(await verdict(`${header}.${String(payload)}.${String(last)}`)).toBe('token_invalid');
    }
  });

  test('HMAC keyed with whatever is public about the keys', async () => {
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
          expect(await verdict(token)).toBe('token_invalid');
        }
      }
    }
  });

  test.each(['RS384', 'RS512', 'PS256'])('%s under a key that is for RS256', async (alg) => {
    expect(await verdict(signToken({ ...RSA, alg }, { payload: claims() }))).toBe('token_invalid');
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
    expect(await verdict(token())).toBe('token_invalid');
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
    expect(await verdict(`${header}.${payload}.${forged.toString('base64url')}`)).toBe(
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
        expect(await verdict(`${input}.${signature}`)).toBe('token_invalid');
      }
    }
  });
});

describe('a header that asks for more is refused', () => {
  test.each<[string, object]>([
    ['an unknown critical extension', { crit: ['exp'] }],
    ['an empty list of extensions', { crit: [] }],
    ['extensions that are no list', { crit: 'b64' }],
    ['an unencoded payload', { b64: false }],
    ['an unencoded payload, declared', { b64: false, crit: ['b64'] }],
    ['compression', { zip: 'DEF' }],
    ['encryption', { enc: 'A256GCM' }],
    ['the type of another kind of token', { typ: 'logout+jwt' }],
    ['a type that is no text', { typ: 5 }],
    ['a key id that is a number', { kid: 5 }],
    ['a key id that is an object', { kid: { $ne: '' } }],
    ['a key id that is null', { kid: null }],
    ['a key id that is a path', { kid: '../../../../dev/null' }],
    ['a key id that is a query', { kid: "x' UNION SELECT 'key" }],
    ['a key id that is an address', { kid: 'http://127.0.0.1:9/key' }],
    ['a key id like a prototype', { kid: '__proto__' }],
  ])('%s', async (_what, header) => {
    expect(await verdict(good({ ...header }))).toBe('token_invalid');
  });
});

describe('a token in another form is refused', () => {
  test.each<[string, () => string]>([
    ['with padding', () => `${good()}=`],
    ['with an illegal character', () => good().replace('.', '.!')],
    ['with a space in it', () => good().replace('.', '. ')],
    ['with an empty payload', () => good().replace(/\.[^.]+\./, '..')],
    ['with a header that is no JSON', () => `e30x.${good().split('.').slice(1).join('.')}`],
    [
      'nested in another',
      () => signToken(EC, { header: { cty: 'JWT' }, payload: Buffer.from(good()) }),
    ],
  ])('%s', async (_what, token) => {
    expect(await verdict(token())).toMatch(/^(token_invalid|credential_malformed)$/);
  });

  test('with other trailing bits in any segment', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const token = good();
    const last = alphabet.indexOf(token.at(-1) ?? 'A');
    const variant = `${token.slice(0, -1)}${String(alphabet[last ^ 1])}`;
    expect(await verdict(token)).toBe('accepted alice');
    expect(await verdict(variant)).toBe('token_invalid');
  });

  test.each<[string, Buffer]>([
    ['two members of one name', Buffer.from('{"iss":"a","iss":"b"}')],
    ['a member repeated in disguise', Buffer.from('{"iss":"a","\\u0069ss":"b"}')],
    ['two objects', Buffer.from('{}{}')],
    ['a list', Buffer.from('[]')],
    ['null', Buffer.from('null')],
    ['a number', Buffer.from('1e999')],
    ['invalid UTF-8', Buffer.from('7b22ff223a317d', 'hex')],
    ['a byte-order mark', Buffer.from('\ufeff{}')],
    ['deep nesting', Buffer.from(`{"a":${'['.repeat(2_500)}${']'.repeat(2_500)}}`)],
  ])('whose signed payload is %s', async (_what, payload) => {
    expect(await verdict(signToken(EC, { payload }))).toBe('token_invalid');
  });

  test('whose duplicate members hide in an otherwise valid payload', async () => {
    const text = JSON.stringify(claims());
    const doubled = Buffer.from(`${text.slice(0, -1)},"s\\u0075b":"root"}`);
    expect(await verdict(signToken(EC, { payload: doubled }))).toBe('token_invalid');
  });

  test('in five parts, unread', async () => {
    expect(await verdict('a.b.c.d.e')).toBe('token_invalid');
  });

  test.each(['', 'a', 'a.b', 'a.b.c.d', 'a.b.c.d.e.f', '{"payload":"x"}', 'sk-1234'])(
    'as %j, which nobody claims',
    async (token) => {
      expect(await verdict(token)).toBe('credential_malformed');
    },
  );
});

describe('claims that do not hold are refused', () => {
  test.each<[string, () => object, string]>([
    ['another issuer', () => ({ iss: 'https://evil.example' }), 'issuer_unknown'],
    ['an issuer with a slash behind it', () => ({ iss: `${server.origin}/` }), 'issuer_unknown'],
    ['no issuer', () => ({ iss: undefined }), 'issuer_unknown'],
    ['a list of issuers', () => ({ iss: [server.origin] }), 'issuer_unknown'],
    ['another audience', () => ({ aud: 'other' }), 'token_invalid'],
    ['no audience', () => ({ aud: undefined }), 'token_invalid'],
    ['no expiry', () => ({ exp: undefined }), 'token_invalid'],
    ['an absurd expiry', () => ({ exp: 1e30 }), 'token_invalid'],
    ['a past expiry', () => ({ exp: bench.clock.seconds }), 'token_expired'],
    ['a future start', () => ({ nbf: bench.clock.seconds + 1 }), 'token_invalid'],
    ['a future issue', () => ({ iat: bench.clock.seconds + 1 }), 'token_invalid'],
  ])('%s', async (_what, over, code) => {
    expect(await verdict(good({}, over()))).toBe(code);
  });

  test('and expiry shows only for tokens that are otherwise in order', async () => {
    const past = { exp: bench.clock.seconds - 1 };
    expect(await verdict(signToken(STRANGER, { payload: claims(past) }))).toBe('token_invalid');
    expect(await verdict(good({}, { ...past, aud: 'other' }))).toBe('token_invalid');
  });
});

describe('a refusal', () => {
  test('has one sentence for every problem of a token, and quotes nothing of it', async () => {
    const tokens = [
      good({ alg: 'none' }),
      good({ kid: 'marker-kid' }),
      good({}, { aud: 'marker-aud' }),
      good({}, { iss: 'marker-iss' }),
      signToken(STRANGER, { payload: claims() }),
    ];
    const authenticator = bench.module.get(Authenticator);
    const sentences = await Promise.all(
      tokens.map((token) => {
        const refused = authenticator.authenticateToken(token, new DecisionTrace('dec_test'));
        return refused.then(
          () => 'accepted',
          (error: unknown) => (error instanceof Error ? error.message : 'no error'),
        );
      }),
    );
    expect(new Set(sentences).size).toBe(1);
    expect(sentences.join()).not.toContain('marker');
  });

  test('is a step of the trace that says why and which setting made it so', async () => {
    const trace = new DecisionTrace('dec_test');
    await verdict(good({}, { aud: 'marker-aud' }), trace);
    expect(trace.steps.at(-1)).toEqual({
      guard: 'jwt-auth',
      outcome: 'refused',
      detail: 'token_invalid: the audience is not the configured one',
      config_key: 'JWT_AUDIENCE',
    });
    expect(JSON.stringify(trace.steps)).not.toContain('marker');
  });

  test('for size comes before anything is parsed', async () => {
    const { maxTokenBytes } = bench.settings.current.jwt;
    expect(await verdict('a'.repeat(maxTokenBytes + 1))).toBe('headers_too_large');
    expect(await verdict('a'.repeat(maxTokenBytes))).toBe('credential_malformed');
  });
});

describe('the master key', () => {
  test('is accepted whatever its shape, and nothing like it is', async () => {
    expect(await verdict(MASTER_KEY)).toBe('accepted null');
    expect(await verdict(`${MASTER_KEY}x`)).toBe('token_invalid');
    expect(await verdict(MASTER_KEY.toUpperCase())).toBe('token_invalid');
  });
});

describe('other settings', () => {
  const token = async (target: CredentialBench, credential: string, headers: object = {}) => {
    const authenticator = target.module.get(Authenticator);
    const trace = new DecisionTrace('dec_test');
    const all = { authorization: `Bearer ${credential}`, ...headers };
    return authenticator.authenticate(all, LOCAL, trace).then(
      ({ kind }) => kind,
      (error: unknown) => (isGatehouseError(error) ? error.code : String(error)),
    );
  };

  test('refuse tokens where JWT authentication is off, and never fetch a key', async () => {
    const before = server.fetches;
    const off = await aBench(CREDENTIAL_PROVIDERS, {
      jwt: { enabled: false, publicKeyUrls: [server.jwksUrl] },
    });
    expect(await token(off, good())).toBe('token_invalid');
    expect(server.fetches).toBe(before);
    await off.close();
  });

  test('accept any issuer and audience where none is configured, still by its keys alone', async () => {
    const open = await aBench(CREDENTIAL_PROVIDERS, { jwt: { publicKeyUrls: [server.jwksUrl] } });
    expect(await token(open, good({}, { iss: 'x', aud: undefined }))).toBe('jwt');
    expect(await token(open, good({}, { iss: 5 }))).toBe('token_invalid');
    expect(await token(open, signToken(STRANGER, { payload: claims() }))).toBe('token_invalid');
    await open.close();
  });

  test('with a sample master key accept it from this machine alone', async () => {
    const sample = await aBench(CREDENTIAL_PROVIDERS, { masterKey: 'sk-1234' });
    expect(await token(sample, 'sk-1234')).toBe('master_key');
    expect(await token(sample, 'sk-1234', { 'x-forwarded-for': '127.0.0.1' })).toBe(
      'token_invalid',
    );
    const remote = sample.module.get(Authenticator);
    await expect(
      remote.authenticate(
        { 'x-api-key': 'sk-1234' },
        { remoteAddress: '10.0.0.1' },
        new DecisionTrace('d'),
      ),
    ).rejects.toMatchObject({ code: 'token_invalid' });
    await sample.close();
  });
});
