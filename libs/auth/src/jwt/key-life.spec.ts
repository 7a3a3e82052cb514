import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestListener, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { isGatehouseError } from '#libs/common';
import { aBench, type BenchOptions, type CredentialBench } from '#support/credential-bench';
import { eventually } from '#support/eventually';
import { KeyServer } from '#support/key-server';
import { aSigningKey, signToken, type SigningKey } from '#support/signing';
import { CREDENTIAL_PROVIDERS } from '../credentials/credential-providers.js';
import { JwtVerifier } from './jwt-verifier.js';
import { KeySetManager } from './key-set-manager.js';

const TTL = 600;
const STALE = 3_600;
const COOLDOWN = 30;
const FIRST = aSigningKey('ES256');
const SECOND = aSigningKey('ES256');

let server: KeyServer;
const opened: CredentialBench[] = [];
const servers: KeyServer[] = [];

beforeEach(async () => {
  server = await aServer(FIRST.publicJwk);
});

afterEach(async () => {
  for (const bench of opened.splice(0)) await bench.close();
  for (const running of servers.splice(0)) await running.stop();
});

async function aServer(...keys: unknown[]): Promise<KeyServer> {
  const started = await KeyServer.start(...keys);
  servers.push(started);
  return started;
}

async function open(options: BenchOptions = {}): Promise<CredentialBench> {
  const jwt = {
    publicKeyUrls: [server.jwksUrl],
    publicKeyTtlSeconds: TTL,
    publicKeyStaleTtlSeconds: STALE,
    ...options.jwt,
  };
  const bench = await aBench(CREDENTIAL_PROVIDERS, { ...options, jwt });
  opened.push(bench);
  return bench;
}

/** `good`, or the code of the refusal. Every token is new, so no proof is remembered. */
async function use(
  bench: CredentialBench,
  key: SigningKey,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const payload = { sub: 'alice', jti: randomUUID(), exp: bench.clock.seconds + 100_000 };
  return useToken(bench, signToken(key, { header, payload }));
}

async function useToken(bench: CredentialBench, token: string): Promise<string> {
  return bench.module
    .get(JwtVerifier)
    .verify(token)
    .then(
      () => 'good',
      (error: unknown) => (isGatehouseError(error) ? error.code : String(error)),
    );
}

const stateOf = (bench: CredentialBench) => bench.module.get(KeySetManager).status()[0];
const settled = (bench: CredentialBench, problem: boolean) =>
  eventually(() => {
    expect(stateOf(bench)?.problem !== null).toBe(problem);
  });

const answers = (write: (response: ServerResponse) => void): RequestListener => {
  return (_request, response) => {
    write(response);
  };
};
const text = (body: string, status = 200) =>
  answers((response) => response.writeHead(status).end(body));

describe('keys are fetched', () => {
  test('once for all who wait for the first load', async () => {
    const bench = await open();
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => use(bench, FIRST)));
    expect(new Set(verdicts)).toEqual(new Set(['good']));
    expect(server.fetches).toBe(1);
  });

  test('in the background from the start of the application on', async () => {
    const bench = await open();
    bench.module.get(KeySetManager).onApplicationBootstrap();
    await eventually(() => {
      expect(stateOf(bench)).toMatchObject({ state: 'fresh', keyCount: 1, problem: null });
    });
    expect(await use(bench, FIRST)).toBe('good');
    expect(server.fetches).toBe(1);
  });

  test('at most twice for a thousand tokens with random key ids', async () => {
    const bench = await open();
    const verdicts = await Promise.all(
      Array.from({ length: 1_000 }, () => use(bench, FIRST, { kid: randomUUID() })),
    );
    expect(new Set(verdicts)).toEqual(new Set(['token_invalid']));
    expect(server.fetches).toBeLessThanOrEqual(2);
    expect(await use(bench, FIRST)).toBe('good');
  });

  test('once per cooldown for unknown key ids, counted on attempts, while known keys go on', async () => {
    const bench = await open();
    expect(await use(bench, FIRST)).toBe('good');
    server.behaviour = text('', 500);
    for (let second = 0; second < 60; second += 1) {
      expect(await use(bench, SECOND)).toBe('token_invalid');
      expect(await use(bench, FIRST)).toBe('good');
      bench.clock.advance(1);
    }
    expect(server.fetches).toBeGreaterThanOrEqual(2);
    expect(server.fetches).toBeLessThanOrEqual(4);
  });

  test('again in the background after the soft age, when the old set serves on', async () => {
    const bench = await open();
    await use(bench, FIRST);
    server.keys = [FIRST.publicJwk, SECOND.publicJwk];
    bench.clock.advance(TTL + 1);
    expect(await use(bench, FIRST)).toBe('good');
    await eventually(() => {
      expect(stateOf(bench)).toMatchObject({ keyCount: 2, ageSeconds: 0 });
    });
    expect(server.fetches).toBe(2);
  });
});

describe('a rotation', () => {
  test('is seen by the first tokens with the new key, by one fetch for all of them', async () => {
    const bench = await open();
    await use(bench, FIRST);
    server.keys = [SECOND.publicJwk];
    const verdicts = await Promise.all(Array.from({ length: 20 }, () => use(bench, SECOND)));
    expect(new Set(verdicts)).toEqual(new Set(['good']));
    expect(server.fetches).toBe(2);
    expect(await use(bench, FIRST)).toBe('token_invalid');
  });

  test('is seen directly after a scheduled refresh as well', async () => {
    const bench = await open();
    await use(bench, FIRST);
    bench.clock.advance(TTL + 1);
    await use(bench, FIRST);
    await eventually(() => {
      expect(stateOf(bench)?.ageSeconds).toBe(0);
    });
    server.keys = [SECOND.publicJwk];
    expect(await use(bench, SECOND)).toBe('good');
  });

  test('that keeps the key id is seen as well', async () => {
    const bench = await open();
    await use(bench, FIRST);
    server.keys = [{ ...SECOND.publicJwk, kid: FIRST.kid }];
    expect(await use(bench, { ...SECOND, kid: FIRST.kid })).toBe('good');
    expect(await use(bench, FIRST)).toBe('token_invalid');
  });

  test('takes the old key out at the next refresh, remembered proofs included', async () => {
    const bench = await open();
    const token = signToken(FIRST, { payload: { exp: bench.clock.seconds + 100_000 } });
    expect(await useToken(bench, token)).toBe('good');
    server.keys = [SECOND.publicJwk];
    bench.clock.advance(TTL + 1);
    await useToken(bench, token);
    await eventually(async () => {
      expect(await useToken(bench, token)).toBe('token_invalid');
    });
  });

  test('to an empty set takes every key out', async () => {
    const bench = await open();
    await use(bench, FIRST);
    server.keys = [];
    bench.clock.advance(TTL + 1);
    await eventually(async () => {
      expect(await use(bench, FIRST)).toBe('token_invalid');
    });
  });
});

const FAULTS: readonly (readonly [string, () => RequestListener])[] = [
  ['answers 500 with keys', () => text(JSON.stringify({ keys: [SECOND.publicJwk] }), 500)],
  ['answers 404', () => text('not found', 404)],
  ['answers 204', () => text('', 204)],
  ['answers HTML', () => text('<html></html>')],
  ['answers nothing', () => text('')],
  ['answers {}', () => text('{}')],
  ['answers null', () => text('null')],
  ['answers "keys": null', () => text('{"keys":null}')],
  ['answers half of it', () => text('{"keys":[')],
  [
    'answers too much',
    () => answers((response) => response.end(`{"keys":[],"x":"${'x'.repeat(600_000)}"}`)),
  ],
  [
    'answers endlessly',
    () =>
      answers((response) => {
        const more = (): void => {
          while (!response.destroyed && response.write('x'.repeat(65_536)));
        };
        response.on('drain', more);
        more();
      }),
  ],
  [
    'announces compression',
    () =>
      answers((response) => {
        response.setHeader('content-encoding', 'gzip');
        response.end('{"keys":[]}');
      }),
  ],
  ['hangs up', () => answers((response) => response.destroy())],
  ['never answers', () => answers(() => undefined)],
  ['drips', () => answers((response) => response.write('{'))],
  [
    'redirects to itself',
    () => answers((response) => response.writeHead(302, { location: '/jwks' }).end()),
  ],
];

describe.each(FAULTS)('a provider that %s', (_what, behaviour) => {
  const quick = {
    jwks: { timeoutMs: 300, maxBytes: 524_288, cooldownSeconds: COOLDOWN, allowHttp: false },
  };

  test('leaves known keys alone', async () => {
    const bench = await open({ jwt: quick });
    await use(bench, FIRST);
    server.behaviour = behaviour();
    bench.clock.advance(TTL + 1);
    expect(await use(bench, FIRST)).toBe('good');
    await settled(bench, true);
    expect(await use(bench, FIRST)).toBe('good');
    expect(stateOf(bench)).toMatchObject({ state: 'stale', keyCount: 1 });
  });

  test('is 503 with a time to retry while no key was ever known, and soon found back', async () => {
    server.behaviour = behaviour();
    const bench = await open({ jwt: quick });
    const refused = bench.module.get(JwtVerifier).verify(signToken(FIRST, { payload: {} }));
    await expect(refused).rejects.toMatchObject({
      code: 'auth_provider_unavailable',
      retryAfterSeconds: expect.any(Number),
    });
    server.behaviour = null;
    bench.clock.advance(10);
    expect(await use(bench, FIRST)).toBe('good');
  });
});

describe('an outage', () => {
  test('is bridged up to the hard age and no longer', async () => {
    const bench = await open();
    await use(bench, FIRST);
    await server.stop();
    for (let hours = 0; hours < 7; hours += 1) {
      expect(await use(bench, FIRST)).toBe('good');
      bench.clock.advance(TTL);
    }
    bench.clock.advance(1);
    expect(await use(bench, FIRST)).toBe('auth_provider_unavailable');
    await server.resume();
    bench.clock.advance(60);
    expect(await use(bench, FIRST)).toBe('good');
  });

  test('is not bridged at all where no stale age is allowed', async () => {
    const bench = await open({ jwt: { publicKeyStaleTtlSeconds: 0 } });
    await use(bench, FIRST);
    await server.stop();
    bench.clock.advance(TTL + 1);
    expect(await use(bench, FIRST)).toBe('auth_provider_unavailable');
    expect(readdirSync(bench.dataDir)).toEqual([]);
  });

  test('is bridged across a restart by the set in the data directory, which never beats the provider', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-keys-'));
    const before = await open({ dataDir });
    await use(before, FIRST);
    await before.close();
    await server.stop();

    const during = await open({ dataDir, clock: before.clock });
    expect(await use(during, FIRST)).toBe('good');
    expect(stateOf(during)).toMatchObject({ state: 'stale', keyCount: 1 });
    server.keys = [SECOND.publicJwk];
    await server.resume();
    during.clock.advance(20);
    await eventually(async () => {
      expect(await use(during, FIRST)).toBe('token_invalid');
    });

    await server.stop();
    during.clock.advance(TTL + STALE + 1);
    const late = await open({ dataDir, clock: during.clock });
    expect(await use(late, SECOND)).toBe('auth_provider_unavailable');
    rmSync(dataDir, { recursive: true });
  });

  test('is not bridged by a kept set that was damaged or altered', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-keys-'));
    const before = await open({ dataDir });
    await use(before, FIRST);
    await before.close();
    await server.stop();
    const [name = ''] = readdirSync(join(dataDir, 'keys'));
    const path = join(dataDir, 'keys', name);
    const kept = JSON.parse(readFileSync(path, 'utf8'));
    const altered = [
      '{',
      '[]',
      JSON.stringify({ ...kept, loadedAtMs: undefined }),
      JSON.stringify({ ...kept, loadedAtMs: Number(kept.loadedAtMs) + 1_000_000 }),
      JSON.stringify({ ...kept, url: 'http://127.0.0.1:1/jwks' }),
    ];
    for (const content of altered) {
      writeFileSync(path, content);
      const bench = await open({ dataDir, clock: before.clock });
      expect(await use(bench, FIRST)).toBe('auth_provider_unavailable');
    }
    rmSync(dataDir, { recursive: true });
  });

  test('with a hanging provider answers made-up key ids within a second', async () => {
    const bench = await open();
    await use(bench, FIRST);
    server.behaviour = () => undefined;
    const start = performance.now();
    expect(await use(bench, SECOND)).toBe('token_invalid');
    expect(performance.now() - start).toBeLessThan(1_500);
    const again = performance.now();
    expect(await use(bench, FIRST)).toBe('good');
    expect(performance.now() - again).toBeLessThan(500);
  });
});

describe('several addresses', () => {
  test('do not wait for one that hangs', async () => {
    const other = await aServer(SECOND.publicJwk);
    server.behaviour = () => undefined;
    const bench = await open({ jwt: { publicKeyUrls: [server.jwksUrl, other.jwksUrl] } });
    const start = performance.now();
    expect(await use(bench, SECOND)).toBe('good');
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  test('that publish one key id are both tried', async () => {
    const other = await aServer({ ...SECOND.publicJwk, kid: FIRST.kid });
    const bench = await open({ jwt: { publicKeyUrls: [server.jwksUrl, other.jwksUrl] } });
    expect(await use(bench, FIRST)).toBe('good');
    expect(await use(bench, { ...SECOND, kid: FIRST.kid })).toBe('good');
  });

  test('of which one cannot be asked leave the question open for keys that only it may have', async () => {
    const other = await aServer();
    await other.stop();
    const bench = await open({ jwt: { publicKeyUrls: [server.jwksUrl, other.jwksUrl] } });
    expect(await use(bench, FIRST)).toBe('good');
    expect(await use(bench, SECOND)).toBe('auth_provider_unavailable');
    expect(await use(bench, { ...SECOND, kid: FIRST.kid })).toBe('token_invalid');
  });
});

describe('a discovery document', () => {
  test('leads to the keys, and is remembered', async () => {
    const bench = await open({ jwt: { publicKeyUrls: [server.discoveryUrl], issuer: null } });
    expect(await use(bench, FIRST)).toBe('good');
    server.keys = [SECOND.publicJwk];
    expect(await use(bench, SECOND)).toBe('good');
    expect([server.discoveryFetches, server.keyFetches]).toEqual([1, 2]);
  });

  test('is forgotten when the keys that it names cannot be got', async () => {
    const bench = await open({ jwt: { publicKeyUrls: [server.discoveryUrl] } });
    await use(bench, FIRST);
    const other = await aServer(SECOND.publicJwk);
    server.behaviour = text('', 404);
    server.discovery = { jwks_uri: other.jwksUrl };
    bench.clock.advance(TTL + 1);
    await use(bench, FIRST);
    await settled(bench, true);
    bench.clock.advance(60);
    expect(await use(bench, SECOND)).toBe('good');
  });

  test('may stand at an address that looks otherwise, and keys at one that looks like discovery', async () => {
    const keys = JSON.stringify({ keys: server.keys });
    server.behaviour = (request, response) => {
      const isDiscovery = request.url === '/odd';
      response.end(isDiscovery ? JSON.stringify({ jwks_uri: server.jwksUrl }) : keys);
    };
    const odd = await open({ jwt: { publicKeyUrls: [`${server.origin}/odd`] } });
    expect(await use(odd, FIRST)).toBe('good');
    const url = `${server.origin}/.well-known/openid-configuration/jwks`;
    const nested = await open({ jwt: { publicKeyUrls: [url] } });
    expect(await use(nested, FIRST)).toBe('good');
  });

  test('that speaks for another issuer is refused', async () => {
    const jwt = { publicKeyUrls: [server.discoveryUrl], issuer: 'https://id.example' };
    const bench = await open({ jwt });
    const payload = { iss: jwt.issuer, exp: bench.clock.seconds + 60 };
    expect(await useToken(bench, signToken(FIRST, { payload }))).toBe('auth_provider_unavailable');
    expect(server.keyFetches).toBe(0);
  });

  test.each([
    'file:///etc/passwd',
    'http://169.254.169.254/keys',
    'https://169.254.169.254/keys',
    'http://id.example/keys',
    'gopher://x',
    'nonsense',
  ])('that names %s is refused', async (jwksUri) => {
    server.discovery = { jwks_uri: jwksUri };
    const bench = await open({ jwt: { publicKeyUrls: [server.discoveryUrl] } });
    expect(await use(bench, FIRST)).toBe('auth_provider_unavailable');
    expect(stateOf(bench)?.problem).toMatch(/address/);
  });

  test('that names a second one is refused', async () => {
    const other = await aServer(FIRST.publicJwk);
    server.discovery = { jwks_uri: other.discoveryUrl };
    const bench = await open({ jwt: { publicKeyUrls: [server.discoveryUrl] } });
    expect(await use(bench, FIRST)).toBe('auth_provider_unavailable');
    expect(other.keyFetches).toBe(0);
  });
});
