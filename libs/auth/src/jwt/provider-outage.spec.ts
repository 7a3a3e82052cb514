import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '#support/eventually';
import { aKeyLife, responses, FIRST, SECOND, STALE, text, TTL } from '#support/key-life-harness';
import type { KeyServer } from '#support/key-server';
import { signToken } from '#support/signing';
import { JwtVerifier } from './jwt-verifier.js';

const life = aKeyLife();
const { open, use, stateOf, settled } = life;
const COOLDOWN = 30;

let server: KeyServer;

beforeEach(async () => {
  server = await life.start();
});

afterEach(async () => {
  await life.stop();
});

const publishes = (...keys: unknown[]): RequestListener => text(JSON.stringify({ keys }));

const FAULTS: readonly (readonly [string, () => RequestListener])[] = [
  ['answers 500 with keys', () => text(JSON.stringify({ keys: [SECOND.publicJwk] }), 500)],
  ['answers 404', () => text('not found', 404)],
  ['answers 204', () => text('', 204)],
  ['answers HTML', () => text('<html></html>')],
  ['answers nothing', () => text('')],
  ['answers {}', () => text('{}')],
  ['answers null', () => text('null')],
  ['answers "keys": null', () => text('{"keys":null}')],
  ['publishes entries that are not objects', () => text('{"keys":[null,1]}')],
  ['publishes an object without a key', () => text('{"keys":[{}]}')],
  ['publishes a key for encryption alone', () => publishes({ ...SECOND.publicJwk, use: 'enc' })],
  ['publishes a symmetric key alone', () => publishes({ kty: 'oct', k: 'c2VjcmV0' })],
  ['answers half of it', () => text('{"keys":[')],
  [
    'answers too much',
    () => responses((response) => response.end(`{"keys":[],"x":"${'x'.repeat(600_000)}"}`)),
  ],
  [
    'answers endlessly',
    () =>
      responses((response) => {
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
      responses((response) => {
        response.setHeader('content-encoding', 'gzip');
        response.end('{"keys":[]}');
      }),
  ],
  ['hangs up', () => responses((response) => response.destroy())],
  ['never answers', () => responses(() => undefined)],
  ['drips', () => responses((response) => response.write('{'))],
  [
    'redirects to itself',
    () => responses((response) => response.writeHead(302, { location: '/jwks' }).end()),
  ],
];

describe.each(FAULTS)('a provider that %s', (_what, behaviour) => {
  const quick = {
    jwks: { timeoutMs: 300, maxBytes: 524_288, cooldownSeconds: COOLDOWN, allowHttp: false },
  };

  test('leaves known keys alone', async () => {
    const harness = await open({ jwt: quick });
    await use(harness, FIRST);
    server.behaviour = behaviour();
    harness.clock.advance(TTL + 1);
    expect(await use(harness, FIRST)).toBe('good');
    await settled(harness, true);
    expect(await use(harness, FIRST)).toBe('good');
    expect(stateOf(harness)).toMatchObject({ state: 'stale', keyCount: 1 });
  });

  test('is 503 with a time to retry while no key was ever known, and soon found back', async () => {
    server.behaviour = behaviour();
    const harness = await open({ jwt: quick });
    const refused = harness.module.get(JwtVerifier).verify(signToken(FIRST, { payload: {} }));
    await expect(refused).rejects.toMatchObject({
      code: 'auth_provider_unavailable',
      retryAfterSeconds: expect.any(Number),
    });
    server.behaviour = null;
    harness.clock.advance(10);
    expect(await use(harness, FIRST)).toBe('good');
  });
});

test('an issuer that publishes an empty list withdraws its keys', async () => {
  const harness = await open();
  await use(harness, FIRST);
  server.behaviour = publishes();
  harness.clock.advance(TTL + 1);
  await use(harness, FIRST);
  await eventually(() => {
    expect(stateOf(harness)).toMatchObject({ keyCount: 0, problem: null });
  });
  expect(await use(harness, FIRST)).toBe('token_invalid');
});

describe('an outage', () => {
  test('is bridged up to the hard age and no longer', async () => {
    const harness = await open();
    await use(harness, FIRST);
    await server.stop();
    for (let hours = 0; hours < 7; hours += 1) {
      expect(await use(harness, FIRST)).toBe('good');
      harness.clock.advance(TTL);
    }
    harness.clock.advance(1);
    expect(await use(harness, FIRST)).toBe('auth_provider_unavailable');
    await server.resume();
    harness.clock.advance(60);
    expect(await use(harness, FIRST)).toBe('good');
  });

  // Counted from the last good load; each leaves another pause when the keys stop to count.
  test.each([1, 7, 20, 44, 59])(
    'that ends soon after the hard age is over within seconds (first failure %i s before it)',
    async (seconds) => {
      const harness = await open();
      await use(harness, FIRST);
      await server.stop();
      harness.clock.advance(TTL + STALE - seconds);
      expect(await use(harness, FIRST)).toBe('good');
      await settled(harness, true);
      // Traffic every second, as it fails and is counted, up to the end of the hard age.
      for (let passed = 0; passed <= seconds; passed += 1) {
        harness.clock.advance(1);
        await use(harness, FIRST);
      }
      expect(await use(harness, FIRST)).toBe('auth_provider_unavailable');
      await server.resume();
      harness.clock.advance(6);
      expect(await use(harness, FIRST)).toBe('good');
    },
  );

  test('is not bridged at all where no stale age is allowed', async () => {
    const harness = await open({ jwt: { publicKeyStaleTtlSeconds: 0 } });
    await use(harness, FIRST);
    await server.stop();
    harness.clock.advance(TTL + 1);
    expect(await use(harness, FIRST)).toBe('auth_provider_unavailable');
    expect(readdirSync(harness.dataDir)).toEqual([]);
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
      const harness = await open({ dataDir, clock: before.clock });
      expect(await use(harness, FIRST)).toBe('auth_provider_unavailable');
    }
    rmSync(dataDir, { recursive: true });
  });

  test('with a hanging provider answers made-up key ids within a second', async () => {
    const harness = await open();
    await use(harness, FIRST);
    server.behaviour = () => undefined;
    const start = performance.now();
    expect(await use(harness, SECOND)).toBe('token_invalid');
    expect(performance.now() - start).toBeLessThan(1_500);
    const again = performance.now();
    expect(await use(harness, FIRST)).toBe('good');
    expect(performance.now() - again).toBeLessThan(500);
  });
});
