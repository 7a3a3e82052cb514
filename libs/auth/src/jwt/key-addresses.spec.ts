import { aKeyLife, FIRST, SECOND, text, TTL } from '#support/key-life-harness';
import type { KeyServer } from '#support/key-server';
import { signToken } from '#support/signing';

const life = aKeyLife();
const { aServer, open, use, useToken, stateOf, settled } = life;

let server: KeyServer;

beforeEach(async () => {
  server = await life.start();
});

afterEach(async () => {
  await life.stop();
});

describe('several addresses', () => {
  test('do not wait for one that hangs', async () => {
    const other = await aServer(SECOND.publicJwk);
    server.behaviour = () => undefined;
    const harness = await open({ entry: { keyUrls: [server.jwksUrl, other.jwksUrl] } });
    const start = performance.now();
    expect(await use(harness, SECOND)).toBe('good');
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  test('that publish one key id are both tried', async () => {
    const other = await aServer({ ...SECOND.publicJwk, kid: FIRST.kid });
    const harness = await open({ entry: { keyUrls: [server.jwksUrl, other.jwksUrl] } });
    expect(await use(harness, FIRST)).toBe('good');
    expect(await use(harness, { ...SECOND, kid: FIRST.kid })).toBe('good');
  });

  test('of which one cannot be asked leave the question open for keys that only it may have', async () => {
    const other = await aServer();
    await other.stop();
    const harness = await open({ entry: { keyUrls: [server.jwksUrl, other.jwksUrl] } });
    expect(await use(harness, FIRST)).toBe('good');
    expect(await use(harness, SECOND)).toBe('auth_provider_unavailable');
    expect(await use(harness, { ...SECOND, kid: FIRST.kid })).toBe('token_invalid');
  });
});

describe('a discovery document', () => {
  test('leads to the keys, and is remembered', async () => {
    const harness = await open({ entry: { keyUrls: [server.discoveryUrl] } });
    expect(await use(harness, FIRST)).toBe('good');
    server.keys = [SECOND.publicJwk];
    expect(await use(harness, SECOND)).toBe('good');
    expect([server.discoveryFetches, server.keyFetches]).toEqual([1, 2]);
  });

  test('is forgotten when the keys that it names cannot be got', async () => {
    const harness = await open({ entry: { keyUrls: [server.discoveryUrl] } });
    await use(harness, FIRST);
    const other = await aServer(SECOND.publicJwk);
    server.behaviour = text('', 404);
    server.discovery = { jwks_uri: other.jwksUrl };
    harness.clock.advance(TTL + 1);
    await use(harness, FIRST);
    await settled(harness, true);
    harness.clock.advance(60);
    expect(await use(harness, SECOND)).toBe('good');
  });

  test('may stand at an address that looks otherwise, and keys at one that looks like discovery', async () => {
    const keys = JSON.stringify({ keys: server.keys });
    server.behaviour = (request, response) => {
      const isDiscovery = request.url === '/odd';
      response.end(isDiscovery ? JSON.stringify({ jwks_uri: server.jwksUrl }) : keys);
    };
    const odd = await open({ entry: { keyUrls: [`${server.origin}/odd`] } });
    expect(await use(odd, FIRST)).toBe('good');
    const url = `${server.origin}/.well-known/openid-configuration/jwks`;
    const nested = await open({ entry: { keyUrls: [url] } });
    expect(await use(nested, FIRST)).toBe('good');
  });

  test('that speaks for another issuer is refused', async () => {
    const entry = { keyUrls: [server.discoveryUrl], issuer: 'https://id.example' };
    const harness = await open({ entry });
    const payload = { iss: entry.issuer, exp: harness.clock.seconds + 60 };
    expect(await useToken(harness, signToken(FIRST, { payload }))).toBe(
      'auth_provider_unavailable',
    );
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
    const harness = await open({ entry: { keyUrls: [server.discoveryUrl] } });
    expect(await use(harness, FIRST)).toBe('auth_provider_unavailable');
    expect(stateOf(harness)?.problem).toMatch(/address/);
  });

  test('that names a second one is refused', async () => {
    const other = await aServer(FIRST.publicJwk);
    server.discovery = { jwks_uri: other.discoveryUrl };
    const harness = await open({ entry: { keyUrls: [server.discoveryUrl] } });
    expect(await use(harness, FIRST)).toBe('auth_provider_unavailable');
    expect(other.keyFetches).toBe(0);
  });
});
