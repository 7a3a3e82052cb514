import { randomUUID } from 'node:crypto';
import { isGatehouseError } from '#libs/common';
import type { IssuerSettings } from '#libs/config';
import { aHarness, type CredentialHarness } from '#support/credential-harness';
import { anIssuer } from '#support/jwt-settings';
import { KeyServer } from '#support/key-server';
import { aSigningKey, signToken, type SigningKey } from '#support/signing';
import { JwtModule } from './jwt.module.js';
import { JwtVerifier } from './jwt-verifier.js';

/** Two providers that publish different keys under one key id. */
const A_KEY = { ...aSigningKey(), kid: 'shared' };
const B_KEY = { ...aSigningKey(), kid: 'shared' };
const GLOBAL_KEY = aSigningKey();
const RSA_KEY = aSigningKey('RS256');
const A = 'https://a.example';
const B = 'https://b.example';

let a: KeyServer;
let b: KeyServer;
let rest: KeyServer;
let harness: CredentialHarness;

const publish = (key: SigningKey) => KeyServer.start({ ...key.publicJwk, kid: key.kid });

beforeEach(async () => {
  [a, b, rest] = await Promise.all([publish(A_KEY), publish(B_KEY), publish(GLOBAL_KEY)]);
});

afterEach(async () => {
  await harness.close();
  await Promise.all([a.stop(), b.stop(), rest.stop()]);
});

const entry = (issuer: string, server: KeyServer, over: Partial<IssuerSettings> = {}) =>
  anIssuer({
    configPath: `gatehouse.issuers of ${issuer}`,
    issuer,
    isGlobal: false,
    keyUrls: [server.jwksUrl],
    ...over,
  });

const globalEntry = () => anIssuer({ keyUrls: [rest.jwksUrl] });

async function open(...issuers: readonly IssuerSettings[]): Promise<void> {
  harness = await aHarness({ imports: [JwtModule] }, { jwt: { issuers } });
}

/** The entry under which a new token is verified, or the code of the refusal. */
async function verify(iss: unknown, key: SigningKey, claims: object = {}): Promise<string> {
  const payload = {
    iss,
    sub: 'alice',
    jti: randomUUID(),
    exp: harness.clock.seconds + 9_000,
    ...claims,
  };
  try {
    const { issuer } = await harness.module.get(JwtVerifier).verify(signToken(key, { payload }));
    return issuer.configPath;
  } catch (error) {
    return isGatehouseError(error) ? error.code : String(error);
  }
}

const OF_A = `gatehouse.issuers of ${A}`;
const OF_B = `gatehouse.issuers of ${B}`;

describe('issuers side by side', () => {
  test('verify their own tokens with their own keys, though the key ids collide', async () => {
    await open(entry(A, a), entry(B, b));
    expect(await verify(A, A_KEY)).toBe(OF_A);
    expect(await verify(B, B_KEY)).toBe(OF_B);
  });

  test.each(['cold', 'warm'])('cannot speak for each other, %s (threat C02)', async (state) => {
    await open(entry(A, a), entry(B, b));
    if (state === 'warm') await Promise.all([verify(A, A_KEY), verify(B, B_KEY)]);
    const forged = [verify(A, B_KEY), verify(B, A_KEY), verify(A, B_KEY), verify(A, A_KEY)];
    expect(await Promise.all(forged)).toEqual([
      'token_invalid',
      'token_invalid',
      'token_invalid',
      OF_A,
    ]);
  });

  test.each([[`${A}/`], [A.toUpperCase()], [[A]], [`${A} `], [null], [undefined], [{}]])(
    'are named exactly: %p is none of them',
    async (iss) => {
      await open(entry(A, a), entry(B, b));
      expect(await verify(iss, A_KEY)).toBe('issuer_unknown');
      expect([a.fetches, b.fetches]).toEqual([0, 0]);
    },
  );

  test('do not notice that one of them is dead', async () => {
    await open(entry(A, a), entry(B, b));
    await a.stop();
    expect(await verify(A, A_KEY)).toBe('auth_provider_unavailable');
    expect(await verify(B, B_KEY)).toBe(OF_B);
    await a.resume();
    harness.clock.advance(60);
    expect(await verify(A, A_KEY)).toBe(OF_A);
  });

  test('do not wait for one of them that hangs', async () => {
    await open(entry(A, a), entry(B, b));
    a.behaviour = () => undefined;
    const hanging = verify(A, A_KEY);
    const start = performance.now();
    expect(await verify(B, B_KEY)).toBe(OF_B);
    expect(performance.now() - start).toBeLessThan(2_000);
    await a.stop();
    expect(await hanging).toBe('auth_provider_unavailable');
  });

  test('of which one has two addresses use the second while the first is dead', async () => {
    await open(entry(A, a, { keyUrls: [b.jwksUrl, a.jwksUrl] }));
    await b.stop();
    expect(await verify(A, A_KEY)).toBe(OF_A);
  });

  test('each have their own audience and algorithms', async () => {
    const audience = { values: ['for-a'], patterns: [], domains: [] };
    a.keys.push(RSA_KEY.publicJwk);
    b.keys.push(RSA_KEY.publicJwk);
    await open(entry(A, a, { audience, algorithms: ['ES256'] }), entry(B, b));
    expect(await verify(A, A_KEY, { aud: 'for-a' })).toBe(OF_A);
    expect(await verify(A, A_KEY, { aud: 'for-b' })).toBe('token_invalid');
    expect(await verify(B, B_KEY, { aud: 'for-b' })).toBe(OF_B);
    expect(await verify(A, RSA_KEY, { aud: 'for-a' })).toBe('token_invalid');
    expect(await verify(B, RSA_KEY)).toBe(OF_B);
  });

  test('of which two name one issuer: the first is the one', async () => {
    await open(entry(A, a), { ...entry(A, b), configPath: 'second' });
    expect(await verify(A, A_KEY)).toBe(OF_A);
    expect(await verify(A, B_KEY)).toBe('token_invalid');
  });
});

describe('the global entry (threat C03)', () => {
  test('takes the tokens of issuers that no entry is for, and of no other', async () => {
    await open(entry(A, a), globalEntry());
    expect(await verify('https://other.example', GLOBAL_KEY)).toBe('JWT_PUBLIC_KEY_URL');
    expect(await verify(undefined, GLOBAL_KEY)).toBe('JWT_PUBLIC_KEY_URL');
    expect(await verify(A, GLOBAL_KEY)).toBe('token_invalid');
    expect(await verify('https://other.example', A_KEY)).toBe('token_invalid');
  });

  test('checks its own issuer where it has one', async () => {
    await open(entry(A, a), { ...globalEntry(), issuer: B });
    expect(await verify(B, GLOBAL_KEY)).toBe('JWT_PUBLIC_KEY_URL');
    expect(await verify('https://other.example', GLOBAL_KEY)).toBe('issuer_unknown');
  });
});

describe('claims whose signature is taken for granted', () => {
  test('are evaluated like those of a token, and no key is fetched', async () => {
    await open(entry(A, a, { requiredClaims: ['email'] }));
    const { seconds } = harness.clock;
    const evaluate = (claims: Record<string, unknown>) =>
      harness.module.get(JwtVerifier).evaluateClaims(claims);
    const good = { iss: A, sub: 'alice', email: 'x', exp: seconds + 60, _litellm_user_id: 'root' };
    expect(evaluate(good).claims).toEqual({ iss: A, sub: 'alice', email: 'x', exp: seconds + 60 });
    expect(() => evaluate({ ...good, iss: B })).toThrow(
      expect.objectContaining({ code: 'issuer_unknown' }),
    );
    expect(() => evaluate({ ...good, exp: seconds })).toThrow(
      expect.objectContaining({ code: 'token_expired' }),
    );
    expect(() => evaluate({ ...good, email: '' })).toThrow(
      expect.objectContaining({ code: 'token_invalid' }),
    );
    expect(a.fetches).toBe(0);
  });
});
