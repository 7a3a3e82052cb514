import { Client } from '#support/client';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

const WELL_KNOWN = '/.well-known/oauth-protected-resource';
const PUBLIC_URL = 'https://llm.acme.example/gw';

describe('discovery for clients (RFC 9728)', () => {
  let issuer: TestIssuer;
  let plain: TestGateway;
  let named: TestGateway;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    const around = {
      issuer,
      upstreamUrl: 'http://127.0.0.1:9',
      jwtauth: `
    user_id_jwt_field: sub
    user_id_upsert: true
    enforce_scope_based_access: true
    scope_mappings:
      - { scope: chat, models: [test-model] }`,
    };
    plain = await startGateway(around);
    named = await startGateway({ ...around, gatehouse: `  public_url: ${PUBLIC_URL}/` });
  });

  afterAll(async () => {
    await plain.stop();
    await named.stop();
    await issuer.stop();
  });

  it('names the accepted issuers to every client, at the address of the request', async () => {
    const response = await new Client(plain.url, null).get<unknown>(WELL_KNOWN);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.json).toEqual({
      resource: plain.url,
      authorization_servers: [issuer.issuer],
      scopes_supported: ['chat'],
      bearer_methods_supported: ['header'],
    });
  });

  it('is found by a path below the well-known one', async () => {
    const response = await new Client(plain.url, null).get(`${WELL_KNOWN}/v1`);
    expect(response.json).toMatchObject({ resource: `${plain.url}/v1` });
    const wrong = await new Client(plain.url, null).get(`${WELL_KNOWN}/a%2fb`);
    expect(wrong.status).toBe(404);
  });

  it('names the configured address, also where a client claims another host', async () => {
    const response = await new Client(named.url, null).get(WELL_KNOWN);
    expect(response.json).toMatchObject({ resource: PUBLIC_URL });
    expect(response.headers.get('cache-control')).toBe('public, max-age=300');
    const challenge = await new Client(named.url, null).get('/v1/models');
    expect(challenge.headers.get('www-authenticate')).toBe(
      `Bearer resource_metadata="https://llm.acme.example${WELL_KNOWN}/gw"`,
    );
  });

  it.each([
    ['POST', '/v1/chat/completions'],
    ['GET', '/v1/models'],
    ['POST', '/team/new'],
    ['GET', '/user/list'],
    ['GET', '/spend/logs'],
    ['POST', '/auth/explain'],
    ['GET', '/health/readiness/details'],
  ])('is pointed at by the challenge of %s %s', async (method, path) => {
    const metadata = `resource_metadata="${plain.url}${WELL_KNOWN}"`;
    const anonymous = await new Client(plain.url, null).send(method, path);
    expect(anonymous.status).toBe(401);
    expect(anonymous.headers.get('www-authenticate')).toBe(`Bearer ${metadata}`);
    const bad = await new Client(plain.url, 'a.b.c').send(method, path);
    expect(bad.headers.get('www-authenticate')).toBe(`Bearer error="invalid_token", ${metadata}`);
  });

  it('names the scope that is missing', async () => {
    const response = await new Client(plain.url, await issuer.sign({ scope: 'other' })).chat();
    expect(response.status).toBe(403);
    expect(response.json.error.reason).toBe('scope_insufficient');
    expect(response.headers.get('www-authenticate')).toBe(
      `Bearer error="insufficient_scope", scope="chat", resource_metadata="${plain.url}${WELL_KNOWN}"`,
    );
  });
});
