import { createPublicKey } from 'node:crypto';
import type { RequestListener } from 'node:http';
import type { IssuerSettings } from '#libs/config';
import { aHarness, type CredentialHarness } from '#support/credential-harness';
import { anIssuer } from '#support/jwt-settings';
import { KeyServer } from '#support/key-server';
import { aSigningKey, type SigningKey } from '#support/signing';
import { JwtModule } from './jwt.module.js';
import { KeyAddressCheck, type KeyAddressFinding } from './key-address-check.service.js';

const EC = aSigningKey('ES256');
const RSA = aSigningKey('RS256');
const ED = aSigningKey('EdDSA');

const pem = (key: SigningKey): string =>
  createPublicKey(key.privateKey).export({ format: 'pem', type: 'spki' });
const withoutAlgorithm = ({ publicJwk }: SigningKey) => ({ ...publicJwk, alg: undefined });

let server: KeyServer;
let harness: CredentialHarness;

beforeEach(async () => {
  server = await KeyServer.start();
});

afterEach(async () => {
  await harness.close();
  await server.stop();
});

async function check(entry: Partial<IssuerSettings>): Promise<readonly KeyAddressFinding[]> {
  const configPath = 'gatehouse.issuers[0]';
  harness = await aHarness(
    { imports: [JwtModule] },
    {
      jwt: { issuers: [anIssuer({ configPath, keyUrls: [], publicKeys: [], ...entry })] },
    },
  );
  return harness.module.get(KeyAddressCheck).run();
}

describe('the check of key addresses', () => {
  test.each<[string, unknown[], readonly string[] | null, Partial<KeyAddressFinding>]>([
    [
      'the algorithm that each key names',
      [EC.publicJwk, RSA.publicJwk],
      null,
      { keyCount: 2, algorithms: ['RS256', 'ES256'] },
    ],
    [
      'every algorithm of a key that names none',
      [withoutAlgorithm(RSA)],
      null,
      { keyCount: 1, algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] },
    ],
    [
      'what the issuer may use of it',
      [withoutAlgorithm(RSA), EC.publicJwk],
      ['PS256'],
      { keyCount: 1, algorithms: ['PS256'] },
    ],
    [
      'both names of one algorithm',
      [withoutAlgorithm(ED)],
      ['Ed25519'],
      { keyCount: 1, algorithms: ['EdDSA', 'Ed25519'] },
    ],
  ])('lists %s', async (_what, keys, algorithms, expected) => {
    server.keys = keys;
    const [found] = await check({ keyUrls: [server.jwksUrl], algorithms });
    expect(found).toMatchObject({ ...expected, problem: null });
  });

  test('notes keys that are left out, and counts the others', async () => {
    server.keys = [{ kty: 'oct', k: 'AA' }, EC.publicJwk, null];
    const [found] = await check({ keyUrls: [server.jwksUrl] });
    expect(found).toMatchObject({ keyCount: 1, problem: null });
    expect(found?.notices).toEqual([
      'key 0 is left out: its type or curve is not supported',
      'key 2 is left out: not an object',
    ]);
  });

  test.each<[string, readonly string[], readonly string[] | null, Partial<KeyAddressFinding>]>([
    [
      'their algorithms',
      [pem(EC), pem(ED)],
      null,
      { keyCount: 2, algorithms: ['ES256', 'EdDSA', 'Ed25519'], problem: null },
    ],
    ['that none can be read', ['not a key'], null, { problem: 'it has no key that can be used' }],
    [
      'that none fits the algorithms',
      [pem(EC)],
      ['RS256'],
      { problem: 'none of its keys is for an algorithm of gatehouse.issuers[0].algorithms' },
    ],
  ])('says of keys in the configuration %s', async (_what, publicKeys, algorithms, expected) => {
    const findings = await check({ publicKeys, algorithms });
    expect(findings).toEqual([expect.objectContaining({ address: 'public_keys', ...expected })]);
    expect(server.fetches).toBe(0);
  });

  test.each<[string, RequestListener, string]>([
    [
      'a redirect',
      (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end(),
      'it answered with status 302',
    ],
    [
      'a compressed response',
      (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
      'its answer is compressed',
    ],
    ['a cut connection', (_request, response) => response.destroy(), 'it cannot be reached'],
  ])(
    'names %s, beside an address that is in order, and shows no credential of the address',
    async (_what, behaviour, problem) => {
      const good = await KeyServer.start(EC.publicJwk);
      server.behaviour = behaviour;
      const url = `${server.jwksUrl.replace('//', '//user:secret@')}?key=secret`;
      const findings = await check({ keyUrls: [url, good.jwksUrl] });
      await good.stop();
      expect(findings.map((one) => one.address)).toEqual([server.jwksUrl, good.jwksUrl]);
      expect(findings.map((one) => one.problem)).toEqual([expect.stringContaining(problem), null]);
      expect(JSON.stringify(findings)).not.toContain('secret');
    },
  );
});
