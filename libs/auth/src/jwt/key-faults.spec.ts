import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { Logger } from '@nestjs/common';
import { eventually } from '#support/eventually';
import { aKeyLife, responses, FIRST, SECOND, text, TTL } from '#support/key-life-harness';
import type { KeyServer } from '#support/key-server';
import { aSigningKey } from '#support/signing';
import { documentAddress } from '../provider/document-address.js';

const life = aKeyLife();
const { aServer, open, use, stateOf, settled } = life;
const QUICK = {
  jwks: { timeoutMs: 400, maxBytes: 524_288, cooldownSeconds: 30, allowHttp: false },
};
const MEGABYTE = 1_048_576;

let server: KeyServer;

beforeEach(async () => {
  server = await life.start();
});

afterEach(async () => {
  await life.stop();
});

const withKeys = (headers: Readonly<Record<string, string>>, body: Buffer): RequestListener =>
  responses((response) => response.writeHead(200, headers).end(body));

const keyDocument = (padding = ''): string => JSON.stringify({ padding, keys: [SECOND.publicJwk] });

/** 300 MB, a megabyte at a time and no faster than they are taken. */
const flood: RequestListener = (_request, response) => {
  let left = 300;
  response.writeHead(200, { 'content-type': 'application/json' });
  const more = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= 1;
      if (!response.write(Buffer.alloc(MEGABYTE, 0x20))) return;
    }
    response.end('{}');
  };
  response.on('drain', more);
  more();
};

const FAULTS: readonly (readonly [string, (elsewhere: KeyServer) => RequestListener])[] = [
  [
    'answers a gzip bomb',
    () =>
      withKeys({ 'content-encoding': 'gzip' }, gzipSync(keyDocument('x'.repeat(50 * MEGABYTE)))),
  ],
  ['answers 300 MB', () => flood],
  ['answers 304', () => text('', 304)],
  ['announces more than it sends', () => withKeys({ 'content-length': '9000' }, Buffer.from('{'))],
  ['answers in UTF-16', () => withKeys({}, Buffer.from(keyDocument(), 'utf16le'))],
  [
    'redirects to another host',
    (elsewhere) =>
      responses((response) => response.writeHead(302, { location: elsewhere.jwksUrl }).end()),
  ],
  [
    'redirects for good',
    (elsewhere) =>
      responses((response) => response.writeHead(308, { location: elsewhere.jwksUrl }).end()),
  ],
  [
    'redirects to a file',
    () =>
      responses((response) => response.writeHead(301, { location: 'file:///etc/passwd' }).end()),
  ],
];

describe.each(FAULTS)('a provider that %s (threat K09)', (_what, behaviour) => {
  test('changes nothing, warm and cold, and no other address is called', async () => {
    const elsewhere = await aServer(SECOND.publicJwk);
    const warm = await open({ jwt: QUICK });
    await use(warm, FIRST);
    server.behaviour = behaviour(elsewhere);
    warm.clock.advance(TTL + 1);
    // The provider of the test lives in this process too, so the bound is a third of what it sends.
    const before = process.memoryUsage().rss;
    expect(await use(warm, FIRST)).toBe('good');
    await settled(warm, true);
    expect([await use(warm, FIRST), await use(warm, SECOND)]).toEqual(['good', 'token_invalid']);
    const cold = await open({ jwt: QUICK });
    expect(await use(cold, SECOND)).toBe('auth_provider_unavailable');
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * MEGABYTE);
    expect(elsewhere.fetches).toBe(0);
  });
});

describe('an answer of a provider', () => {
  test('counts by its content, even with another content type', async () => {
    server.behaviour = withKeys({ 'content-type': 'text/html' }, Buffer.from(keyDocument()));
    expect(await use(await open(), SECOND)).toBe('good');
  });

  test('that is an error is quoted nowhere', async () => {
    server.behaviour = text('{"error":"secret-of-the-provider"}', 500);
    const harness = await open();
    await use(harness, FIRST);
    expect(stateOf(harness)?.problem).toBe('it answered with status 500');
    server.behaviour = text('secret-of-the-provider');
    harness.clock.advance(60);
    await use(harness, FIRST);
    expect(stateOf(harness)?.problem).toBe('its answer is not JSON');
  });

  test.each([
    ['https://no-such-host.invalid/jwks', 'its host name cannot be resolved'],
    ['https://127.0.0.1:9/jwks', 'the connection is refused'],
  ])(
    'that cannot be had from %s is 503, and the address may come back',
    async (address, reason) => {
      const harness = await open({ entry: { keyUrls: [address] } });
      expect(await use(harness, FIRST)).toBe('auth_provider_unavailable');
      expect(stateOf(harness)?.problem).toBe(`it cannot be reached: ${reason}`);
    },
  );

  test('over TLS with no TLS behind it is none', async () => {
    const address = server.jwksUrl.replace('http:', 'https:');
    const harness = await open({ entry: { keyUrls: [address] } });
    expect(await use(harness, FIRST)).toBe('auth_provider_unavailable');
    expect(server.keyFetches).toBe(0);
  });
});

describe('a storm of made-up key ids', () => {
  test('on a provider that fails from the start costs it what time allows, not what tokens ask (threat K02)', async () => {
    server.behaviour = text('', 500);
    const harness = await open();
    for (let second = 0; second < 60; second += 1) {
      const start = performance.now();
      const burst = Array.from({ length: 10 }, () => use(harness, FIRST, { kid: randomUUID() }));
      expect(new Set(await Promise.all(burst))).toEqual(new Set(['auth_provider_unavailable']));
      expect(performance.now() - start).toBeLessThan(1_000);
      harness.clock.advance(1);
    }
    // Every five seconds at the end: recovery must be noticed within ten seconds (K04).
    expect(server.fetches).toBeLessThanOrEqual(16);
  });

  test('on a provider that begins to fail costs it three fetches a minute (threat K02)', async () => {
    const harness = await open();
    expect(await use(harness, FIRST)).toBe('good');
    server.behaviour = text('', 500);
    const before = server.fetches;
    for (let second = 0; second < 60; second += 1) {
      const burst = Array.from({ length: 10 }, () => use(harness, FIRST, { kid: randomUUID() }));
      expect(new Set(await Promise.all(burst))).toEqual(new Set(['token_invalid']));
      expect(await use(harness, FIRST)).toBe('good');
      harness.clock.advance(1);
    }
    expect(server.fetches - before).toBeLessThanOrEqual(3);
  });
});

describe('addresses', () => {
  test('of which the first fails are backed off by themselves (threat K11)', async () => {
    const other = await aServer(SECOND.publicJwk);
    server.behaviour = text('', 500);
    const harness = await open({ entry: { keyUrls: [server.jwksUrl, other.jwksUrl] } });
    for (let second = 0; second < 60; second += 1) {
      expect(await use(harness, SECOND)).toBe('good');
      harness.clock.advance(1);
    }
    expect(other.fetches).toBe(1);
    expect(server.fetches).toBeLessThanOrEqual(8);
  });

  test.each([
    'http://localhost/keys',
    'https://127.0.0.1/keys',
    'https://[::1]/keys',
    'https://169.254.169.254/latest/meta-data',
    'https://[fe80::1]/keys',
    'https://user:secret@id.example/keys',
    'file:///etc/passwd',
    'data:application/json,{}',
  ])('on this machine may not be named by a provider elsewhere: %s (threat K10)', (address) => {
    const rules = { allowHttp: true, namedBy: new URL('https://id.example/x') };
    expect(() => documentAddress(address, rules)).toThrow(
      expect.objectContaining({ code: 'auth_provider_unavailable' }),
    );
  });
});

describe('a key set', () => {
  test('is never replaced by an older answer that comes late (threat K12)', async () => {
    const harness = await open();
    await use(harness, FIRST);
    let running = 0;
    let most = 0;
    let answer: (() => void) | null = null;
    server.behaviour = (_request, response) => {
      running += 1;
      most = Math.max(most, running);
      const keys = JSON.stringify({ keys: server.keys });
      answer = () => {
        running -= 1;
        response.end(keys);
      };
    };
    harness.clock.advance(TTL + 1);
    await use(harness, FIRST);
    await eventually(() => {
      expect(answer).not.toBeNull();
    });
    server.keys = [SECOND.publicJwk];
    const waiting = use(harness, SECOND);
    const late: (() => void) | null = answer;
    answer = null;
    (late as (() => void) | null)?.();
    await eventually(() => {
      expect(answer).not.toBeNull();
    });
    (answer as (() => void) | null)?.();
    expect(await waiting).toBe('good');
    expect([most, await use(harness, FIRST)]).toEqual([1, 'token_invalid']);
  });

  test('loses a removed key in every replica within its age (threat K13)', async () => {
    const replicas = [await open(), await open()];
    for (const harness of replicas) expect(await use(harness, FIRST)).toBe('good');
    server.keys = [SECOND.publicJwk];
    for (const harness of replicas) {
      harness.clock.advance(TTL + 1);
      await eventually(async () => {
        expect(await use(harness, FIRST)).toBe('token_invalid');
      });
      expect(await use(harness, SECOND)).toBe('good');
    }
  });

  test('with keys that are left out says so once, not at every refresh (threat J15)', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation();
    const { publicJwk } = aSigningKey('RS256');
    server.keys = [FIRST.publicJwk, { ...publicJwk, e: 'AQ' }];
    const harness = await open();
    for (let refresh = 0; refresh < 4; refresh += 1) {
      expect(await use(harness, FIRST)).toBe('good');
      harness.clock.advance(TTL + 1);
    }
    const told = warn.mock.calls.filter(([entry]) => JSON.stringify(entry).includes('left out'));
    warn.mockRestore();
    expect(told).toHaveLength(1);
    expect(JSON.stringify(told)).not.toContain(String(publicJwk['n']));
  });
});
