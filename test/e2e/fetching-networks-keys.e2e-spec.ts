import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { AUDIENCE, TestIssuer } from '#support/issuer';
import { aSigningKey, signToken } from '#support/signing';

const KEY = aSigningKey('ES256');
const ENCRYPTION = { ...aSigningKey('RS256').publicJwk, use: 'enc', alg: 'RSA-OAEP', kid: 'enc' };
const DISCOVERY = '/.well-known/openid-configuration';

interface KeySetDetail {
  readonly address: string;
  readonly refusedKeyCount: number;
  readonly problem: string | null;
  readonly notice: string | null;
}

describe('fetching from identity providers', () => {
  let server: Server;
  let origin: string;
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  /** User-Agent of each request, by path. */
  const agents = new Map<string, string | undefined>();

  const documents = (): Readonly<Record<string, object>> => ({
    [`/tenant/v2.0${DISCOVERY}`]: { issuer: `${origin}/tenant/`, jwks_uri: `${origin}/keys` },
    [`/realms/a${DISCOVERY}`]: { issuer: `${origin}/realms/b`, jwks_uri: `${origin}/keys` },
    '/keys': { keys: [ENCRYPTION, KEY.publicJwk] },
    '/introspect': { active: false },
  });

  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = request.url ?? '';
      agents.set(path, request.headers['user-agent']);
      response.end(JSON.stringify(documents()[path] ?? {}));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      jwtauth: `
    user_id_jwt_field: sub
    user_id_upsert: true
  enable_oauth2_auth: true`,
      gatehouse: `
  introspection:
    endpoint: ${origin}/introspect
    client_id: gateway
    client_secret: not-so-secret
  issuers:
    - issuer: ${origin}/tenant/v2.0
      jwks_url: ${origin}/tenant/v2.0${DISCOVERY}
      audience: ${AUDIENCE}
    - issuer: ${origin}/realms/a
      jwks_url: ${origin}/realms/a${DISCOVERY}
      audience: ${AUDIENCE}`,
    });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
    server.close();
  });

  const chatWith = (iss: string) => {
    const now = Math.floor(Date.now() / 1000);
    const payload = { iss, aud: AUDIENCE, sub: 'alice', iat: now, exp: now + 600 };
    return new Client(gateway.url, signToken(KEY, { payload })).chat();
  };
  const detailOf = async (path: string): Promise<KeySetDetail | undefined> => {
    const details = await Client.admin(gateway.url).get<{ key_sets: KeySetDetail[] }>(
      '/health/readiness/details',
    );
    return details.json.key_sets.find(({ address }) => address.includes(path));
  };

  it('accepts the configured issuer where the document names another version of it, and says so', async () => {
    expect((await chatWith(`${origin}/tenant/v2.0`)).status).toBe(200);
    expect(await detailOf('/tenant/')).toMatchObject({
      problem: null,
      notice: expect.stringMatching(/names the issuer .*\/tenant\/, .* differs in the version/),
    });
    expect((await chatWith(`${origin}/tenant/`)).json.error.reason).toBe('issuer_unknown');
  });

  it('refuses a document of another realm, and says what differs', async () => {
    const refused = await chatWith(`${origin}/realms/a`);
    expect(refused.status).toBe(503);
    expect((await detailOf('/realms/a'))?.problem).toMatch(/\/realms\/b, which has another path/);
  });

  it('serves the others while one has no keys, and counts it in readiness without its name', async () => {
    await eventually(async () => {
      const { status, json } = await new Client(gateway.url, null).get('/health/readiness');
      expect([status, json]).toEqual([
        200,
        { status: 'healthy', db: 'connected', issuers_without_keys: 1 },
      ]);
    });
    const details = await Client.admin(gateway.url).get('/health/readiness/details');
    expect(details.json).toMatchObject({
      issuers_without_keys: 1,
      key_sets: expect.arrayContaining([
        expect.objectContaining({
          address: expect.stringContaining('/realms/a'),
          state: 'unavailable',
        }),
      ]),
    });
  });

  it('counts keys for encryption neither as keys nor as refused', async () => {
    expect(await detailOf('/tenant/')).toMatchObject({ keyCount: 1, refusedKeyCount: 0 });
  });

  it('names itself to key sets, discovery and introspection', async () => {
    await new Client(gateway.url, 'opaque-token-of-someone').chat();
    await eventually(() => {
      for (const path of [`/tenant/v2.0${DISCOVERY}`, '/keys', '/introspect']) {
        expect([path, agents.get(path)]).toEqual([path, expect.stringMatching(/^gatehouse\/\d/)]);
      }
    });
  });
});
