import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

interface Generated {
  readonly key: string;
  readonly token: string;
}

const JWTAUTH = `
    user_id_jwt_field: sub
    user_id_upsert: true`;

describe('an administrator’s row that an issuer without administrators has claimed', () => {
  let trusted: TestIssuer;
  let other: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let admin: Client;

  beforeAll(async () => {
    [trusted, other] = await Promise.all([TestIssuer.start(), TestIssuer.start()]);
    upstream = await startFakeUpstream();
    gateway = await startGateway({
      issuer: trusted,
      upstreamUrl: upstream.url,
      jwtauth: JWTAUTH,
      gatehouse: `  issuers:
    - { issuer: '${other.issuer}', jwks_url: '${other.jwksUrl}', audience: gatehouse-tests }
  admin_issuers: ['${trusted.issuer}']
`,
    });
    admin = Client.admin(gateway.url);
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await trusted.stop();
    await other.stop();
  });

  /** A stored administrator whose row the tokens of an issuer use. */
  const administrator = async (sub: string, issuer: TestIssuer): Promise<Client> => {
    const body = { user_id: sub, user_role: 'proxy_admin', auto_create_key: false };
    expect((await admin.post('/user/new', body)).status).toBe(200);
    const client = new Client(gateway.url, await issuer.sign({ sub }));
    expect((await client.chat()).status).toBe(200);
    return client;
  };
  const keyOf = async (userId: string): Promise<Generated> =>
    (await admin.post<Generated>('/key/generate', { user_id: userId })).json;
  const administers = async (client: Client): Promise<boolean> => {
    const { status } = await client.post('/team/new', {});
    expect([200, 403]).toContain(status);
    return status === 200;
  };

  it('lets neither its tokens nor any virtual key administer', async () => {
    const client = await administrator('mallory', other);
    const made = await keyOf('mallory');
    const withKey = new Client(gateway.url, made.key);
    expect([await administers(client), await administers(withKey)]).toEqual([false, false]);
    expect((await withKey.chat()).status).toBe(200);
  });

  it('lets its tokens make no key of the account and take over none', async () => {
    const client = await administrator('trudy', other);
    const { token } = await keyOf('trudy');
    for (const response of [
      await client.post('/key/generate', {}),
      await client.post(`/key/${token}/regenerate`, {}),
      await client.post('/key/delete', { keys: [token] }),
    ]) {
      expect([response.status, response.json.error.reason]).toEqual([403, 'route_not_allowed']);
    }
  });

  it('does not hinder administrators of other issuers and their keys', async () => {
    const client = await administrator('root', trusted);
    const { key } = (await client.post<Generated>('/key/generate', { user_id: 'root' })).json;
    expect(await administers(client)).toBe(true);
    expect(await administers(new Client(gateway.url, key))).toBe(true);
  });
});
