import { randomUUID } from 'node:crypto';
import { isGatehouseError } from '#libs/common';
import { aHarness, type CredentialHarness } from '#support/credential-harness';
import { ManualClock } from '#support/manual-clock';
import { anIssuer } from '#support/jwt-settings';
import { KeyServer } from '#support/key-server';
import { aSigningKey, signToken } from '#support/signing';
import { JwtModule } from './jwt.module.js';
import { JwtVerifier } from './jwt-verifier.js';
import { VerifiedTokenCache, type VerifiedSignature } from './verified-token-cache.js';
import { SignatureCheck } from './signature.js';

const KEY = aSigningKey('ES256');
const STRANGER = { ...aSigningKey('ES256'), kid: KEY.kid };

let server: KeyServer;
let harness: CredentialHarness;
let checks: jest.SpiedFunction<SignatureCheck['run']>;

beforeEach(async () => {
  server = await KeyServer.start(KEY.publicJwk);
  harness = await aHarness(
    { imports: [JwtModule] },
    {
      jwt: { issuers: [anIssuer({ keyUrls: [server.jwksUrl] })] },
    },
  );
  checks = jest.spyOn(SignatureCheck.prototype, 'run');
});

afterEach(async () => {
  checks.mockRestore();
  await harness.close();
  await server.stop();
});

const aToken = (over: object = {}, key = KEY) =>
  signToken(key, {
    payload: { sub: 'alice', jti: randomUUID(), exp: harness.clock.seconds + 3_600, ...over },
  });

const verify = (token: string) =>
  harness.module
    .get(JwtVerifier)
    .verify(token)
    .then(
      ({ claims }) => String(claims['sub']),
      (error: unknown) => (isGatehouseError(error) ? error.code : String(error)),
    );

describe('a proof', () => {
  test('is made once for one token, however often and concurrently it is used', async () => {
    const token = aToken();
    await Promise.all(Array.from({ length: 20 }, () => verify(token)));
    for (let use = 0; use < 100; use += 1) expect(await verify(token)).toBe('alice');
    expect(checks).toHaveBeenCalledTimes(1);
  });

  test('is of the whole token: another signature over the same parts is evaluated anew', async () => {
    const token = aToken();
    const [header, payload] = token.split('.');
    expect(await verify(token)).toBe('alice');
    const other = aToken({}, STRANGER).split('.')[2];
    expect(await verify(`${String(header)}.${String(payload)}.${String(other)}`)).toBe(
      'token_invalid',
    );
    const { exp } = JSON.parse(Buffer.from(String(payload), 'base64url').toString());
    const root = Buffer.from(JSON.stringify({ sub: 'root', exp })).toString('base64url');
    expect(await verify(token.replace(String(payload), root))).toBe('token_invalid');
  });

  test('does not outlive the token', async () => {
    const token = aToken({ exp: harness.clock.seconds + 2 });
    expect(await verify(token)).toBe('alice');
    harness.clock.advance(1.999);
    expect(await verify(token)).toBe('alice');
    harness.clock.advance(0.001);
    expect(await verify(token)).toBe('token_expired');
  });

  test('is made again after five minutes', async () => {
    const token = aToken();
    await verify(token);
    harness.clock.advance(299);
    await verify(token);
    expect(checks).toHaveBeenCalledTimes(1);
    harness.clock.advance(1);
    expect(await verify(token)).toBe('alice');
    expect(checks).toHaveBeenCalledTimes(2);
  });

  test('is worth nothing under other rules', async () => {
    const token = aToken();
    expect(await verify(token)).toBe('alice');
    const { current } = harness.settings;
    const audience = { values: ['other'], patterns: [], domains: [] };
    const issuers = current.jwt.issuers.map((issuer) => ({ ...issuer, audience }));
    harness.settings.swap({ ...current, jwt: { ...current.jwt, issuers } });
    expect(await verify(token)).toBe('token_invalid');
  });

  test('that was begun under other rules is worth nothing once they have changed', async () => {
    const token = aToken();
    const { promise: gate, resolve: open } = Promise.withResolvers<undefined>();
    checks.mockRestore();
    const { run } = SignatureCheck.prototype;
    checks = jest.spyOn(SignatureCheck.prototype, 'run');
    checks.mockImplementationOnce(async function (this: SignatureCheck) {
      await gate;
      return run.call(this);
    });
    const early = verify(token);
    harness.settings.swap({
      ...harness.settings.current,
      jwt: { ...harness.settings.current.jwt, clockToleranceSeconds: 1 },
    });
    expect(await verify(aToken())).toBe('alice');
    open(undefined);
    expect(await early).toBe('alice');
    expect(await verify(token)).toBe('alice');
    expect(checks).toHaveBeenCalledTimes(3);
  });

  test('holds frozen claims, without those that no token may assert', async () => {
    const token = aToken({ list: ['a'], _litellm_user_id: 'root', _gatehouse_x: 1 });
    const { claims } = await harness.module.get(JwtVerifier).verify(token);
    expect(Object.isFrozen(claims)).toBe(true);
    expect(Object.isFrozen(claims['list'])).toBe(true);
    expect(Object.keys(claims).sort()).toEqual(['exp', 'jti', 'list', 'sub']);
  });
});

describe('a refusal', () => {
  test('of a signature is remembered for seconds and for these keys only', async () => {
    const token = aToken({}, STRANGER);
    expect(await verify(token)).toBe('token_invalid');
    expect(await verify(token)).toBe('token_invalid');
    expect(checks).toHaveBeenCalledTimes(1);
    harness.clock.advance(5);
    expect(await verify(token)).toBe('token_invalid');
    expect(checks).toHaveBeenCalledTimes(2);
    harness.clock.advance(24);
    expect(await verify(token)).toBe('token_invalid');
    server.keys = [{ ...STRANGER.publicJwk, kid: KEY.kid }];
    harness.clock.advance(2);
    expect(await verify(aToken({}, aSigningKey('ES256')))).toBe('token_invalid');
    expect(await verify(token)).toBe('alice');
  });

  test('for time is remembered only where time cannot heal it', async () => {
    const expired = aToken({ exp: harness.clock.seconds - 1 });
    expect(await verify(expired)).toBe('token_expired');
    expect(await verify(expired)).toBe('token_expired');
    expect(checks).toHaveBeenCalledTimes(1);
    const early = aToken({ nbf: harness.clock.seconds + 1 });
    expect(await verify(early)).toBe('token_invalid');
    harness.clock.advance(1);
    expect(await verify(early)).toBe('alice');
  });

  test('for want of keys is never remembered', async () => {
    await server.stop();
    const token = aToken();
    expect(await verify(token)).toBe('auth_provider_unavailable');
    await server.resume();
    harness.clock.advance(2);
    expect(await verify(token)).toBe('alice');
  });

  test('for an unknown key is never remembered', async () => {
    const rotated = aSigningKey('ES256');
    const token = aToken({}, rotated);
    expect(await verify(token)).toBe('token_invalid');
    server.keys = [rotated.publicJwk];
    harness.clock.advance(30);
    expect(await verify(token)).toBe('alice');
  });
});

describe('the memory for proofs', () => {
  const proof = (claims: object): VerifiedSignature =>
    ({ token: { type: null, claims }, key: {} }) as unknown as VerifiedSignature;

  test('is bounded by count and by bytes', () => {
    const cache = new VerifiedTokenCache(new ManualClock());
    for (let n = 0; n < 25_000; n += 1) cache.addProof(`p${n}`, proof({}), 10);
    expect(cache.size).toBe(20_000);
    for (let n = 0; n < 5_000; n += 1) {
      cache.addProof(`q${n}`, proof({}), 16_384);
    }
    expect(cache.size).toBeLessThanOrEqual(2_048);
    expect(cache.proof('q4999')).not.toBeNull();
  });

  test('does not lose proofs to a flood of refusals', () => {
    const cache = new VerifiedTokenCache(new ManualClock());
    cache.addProof('good', proof({}), 10);
    for (let n = 0; n < 50_000; n += 1) {
      cache.addDisproof(`d${n}`, { code: 'token_invalid', problem: 'x', configKey: null });
    }
    expect(cache.size).toBe(2_001);
    expect(cache.proof('good')).not.toBeNull();
  });
});
