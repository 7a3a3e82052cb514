import { createPublicKey } from 'node:crypto';
import { isGatehouseError } from '#libs/common';
import { aHarness, type CredentialHarness } from '#support/credential-harness';
import { anIssuer } from '#support/jwt-settings';
import { KeyServer } from '#support/key-server';
import { aSigningKey, signToken, type SigningKey } from '#support/signing';
import { JwtModule } from './jwt.module.js';
import { JwtVerifier } from './jwt-verifier.js';
import { KeySetManager } from './key-set-manager.js';

const EC = aSigningKey('ES256');
const RSA = aSigningKey('RS256');
const ED = aSigningKey('EdDSA');
const STRANGER = { ...aSigningKey('ES256'), kid: EC.kid };

const pem = (key: SigningKey): string =>
  createPublicKey(key.privateKey).export({ format: 'pem', type: 'spki' });

let harness: CredentialHarness;

afterEach(async () => {
  await harness.close();
});

async function open(publicKeys: readonly string[], keyUrls: readonly string[] = []) {
  const issuer = anIssuer({ configPath: 'gatehouse.issuers[0]', publicKeys, keyUrls });
  harness = await aHarness({ imports: [JwtModule] }, { jwt: { issuers: [issuer] } });
}

async function verify(key: SigningKey, header: Record<string, unknown> = {}): Promise<string> {
  const payload = { sub: 'alice', exp: harness.clock.seconds + 60 };
  try {
    await harness.module.get(JwtVerifier).verify(signToken(key, { header, payload }));
    return 'good';
  } catch (error) {
    return isGatehouseError(error) ? error.code : String(error);
  }
}

describe('public keys of the configuration', () => {
  test('verify tokens with any key id, without a request to a provider', async () => {
    await open([EC, RSA, ED].map(pem));
    for (const key of [EC, RSA, ED]) {
      expect(await verify(key)).toBe('good');
      expect(await verify(key, { kid: undefined })).toBe('good');
      expect(await verify(key, { kid: 'anything' })).toBe('good');
    }
    expect(await verify(STRANGER)).toBe('token_invalid');
  });

  test('of one kind refuse every other', async () => {
    await open([pem(EC)]);
    expect(await verify(RSA)).toBe('token_invalid');
  });

  test('are evaluated as published ones are', async () => {
    const weak = aSigningKey('RS256', 1024);
    await open([pem(weak), 'nonsense']);
    expect(await verify(weak)).toBe('token_invalid');
    expect(harness.module.get(KeySetManager).status()).toEqual([
      {
        address: 'gatehouse.issuers[0]',
        state: 'unavailable',
        keyCount: 0,
        refusedKeyCount: 2,
        ageSeconds: null,
        problem: null,
        notice: null,
        storageProblem: null,
      },
    ]);
  });

  test('count beside those of an address, and while it is down', async () => {
    const server = await KeyServer.start(RSA.publicJwk);
    await open([pem(EC)], [server.jwksUrl]);
    expect(await verify(EC)).toBe('good');
    expect(server.fetches).toBe(0);
    expect(await verify(RSA)).toBe('good');
    await server.stop();
    expect(await verify(EC)).toBe('good');
  });

  test('that are taken away verify nothing any more, remembered proofs included', async () => {
    await open([pem(EC)]);
    expect(await verify(EC)).toBe('good');
    const { current } = harness.settings;
    const issuers = current.jwt.issuers.map((one) => ({ ...one, publicKeys: [pem(RSA)] }));
    harness.settings.swap({ ...current, jwt: { ...current.jwt, issuers } });
    expect(await verify(EC)).toBe('token_invalid');
    expect(await verify(RSA)).toBe('good');
  });
});
