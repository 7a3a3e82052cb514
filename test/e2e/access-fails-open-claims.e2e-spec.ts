import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { DEFAULT_JWTAUTH, startGateway, type TestGateway } from '#support/gateway';
import { AUDIENCE, TestIssuer } from '#support/issuer';
import { KeyServer } from '#support/key-server';
import { answering } from '#support/opaque-harness';

let issuer: TestIssuer;
let upstream: FakeUpstream;

beforeAll(async () => {
  issuer = await TestIssuer.start();
  upstream = await startFakeUpstream();
});

afterAll(async () => {
  await upstream.close();
  await issuer.stop();
});

const ADMIN_ROUTES = `${DEFAULT_JWTAUTH}
    admin_allowed_routes: [/user/list]`;

describe('a token that routing_overrides selects by its client', () => {
  let endpoint: KeyServer;
  let gateway: TestGateway;

  beforeAll(async () => {
    endpoint = await KeyServer.start();
    endpoint.behaviour = answering({ active: false });
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      jwtauth: `${DEFAULT_JWTAUTH}
    team_claim_fallback: true
    routing_overrides: [{ iss: ${issuer.issuer}, client_id: 'robot-*', path: oauth2 }]`,
      env: { OAUTH_TOKEN_INFO_ENDPOINT: `${endpoint.origin}/introspect` },
    });
    await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
  });

  afterAll(async () => {
    await gateway.stop();
    await endpoint.stop();
  });

  const callAs = async (claims: object): Promise<number> => {
    const all = { sub: 'robot', email: 'robot@acme.example', team: 'research', ...claims };
    return (await new Client(gateway.url, await issuer.sign(all)).chat()).status;
  };

  it.each(['client_id', 'azp', 'appid', 'cid'])(
    'is introspected where the claim %s names the client',
    async (claim) => {
      const before = endpoint.fetches;
      expect(await callAs({ [claim]: 'robot-7' })).toBe(401);
      expect(endpoint.fetches).toBe(before + 1);
      expect(await callAs({ [claim]: 'person-7' })).toBe(200);
      expect(endpoint.fetches).toBe(before + 1);
    },
  );
});

describe('admin_allowed_routes', () => {
  let gateway: TestGateway;
  let admin: Client;

  beforeAll(async () => {
    gateway = await startGateway({ issuer, upstreamUrl: upstream.url, jwtauth: ADMIN_ROUTES });
    admin = Client.admin(gateway.url);
    await admin.post('/team/new', { team_id: 'research' });
    await admin.post('/user/new', { user_id: 'ada', user_role: 'proxy_admin' });
    await admin.post('/user/new', { user_id: 'vic', user_role: 'proxy_admin_viewer' });
    await admin.post('/user/new', { user_id: 'ida', user_role: 'internal_user' });
  });

  afterAll(() => gateway.stop());

  async function keyOf(userId: string): Promise<Client> {
    const body = { user_id: userId };
    const { json } = await admin.post<{ readonly key: string }>('/key/generate', body);
    return new Client(gateway.url, json.key);
  }

  it('does not bind the virtual key of an administrator', async () => {
    const key = await keyOf('ada');
    expect((await key.post('/team/new', { team_id: 'by-key' })).status).toBe(200);
    expect((await key.get('/user/list')).status).toBe(200);
  });

  it('leaves the virtual key of a viewer its reads, and no change', async () => {
    const key = await keyOf('vic');
    expect((await key.get('/team/list')).status).toBe(200);
    expect((await key.post('/team/new', { team_id: 'by-viewer' })).status).toBe(403);
  });

  it('gives the virtual key of an internal user no administration', async () => {
    const key = await keyOf('ida');
    expect((await key.get('/user/list')).status).toBe(403);
    expect((await key.post('/team/new', { team_id: 'by-user' })).status).toBe(403);
  });

  it('binds the token of an administrator', async () => {
    const token = await issuer.sign({ scope: 'litellm_proxy_admin', email: 'root@acme.example' });
    const caller = new Client(gateway.url, token);
    expect((await caller.get('/user/list')).status).toBe(200);
    expect((await caller.post('/team/new', { team_id: 'by-token' })).status).toBe(403);
  });
});

describe('the organisation of a token', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway({ issuer, upstreamUrl: upstream.url });
    const admin = Client.admin(gateway.url);
    await admin.post('/team/new', { team_id: 'research' });
    const acme = { organization_id: 'acme', organization_alias: 'Acme', models: ['other-model'] };
    await admin.post('/organization/new', acme);
  });

  afterAll(() => gateway.stop());

  it.each<[unknown, string]>([
    ['acme', 'model_not_allowed'],
    [['acme'], 'model_not_allowed'],
    [{ acme: { id: '42c3e46f' } }, 'model_not_allowed'],
    [{ acme: {}, other: {} }, 'claim_ambiguous'],
    [{ id: 'acme' }, 'claim_ambiguous'],
    [7, 'claim_ambiguous'],
    [true, 'claim_ambiguous'],
    [[{ id: 'acme' }], 'claim_ambiguous'],
  ])('holds its models in every shape of the claim: %j is 403 %s', async (org, reason) => {
    const token = await issuer.sign({ email: 'alice@acme.example', team: 'research', org });
    const response = await new Client(gateway.url, token).chat();
    expect([response.status, response.json.error.reason]).toEqual([403, reason]);
  });
});

describe('a key set without a usable key', () => {
  /** Each case has a gateway of its own: after a failed fetch the next one is minutes away. */
  it.each<[string, readonly unknown[]]>([
    ['null and a number', [null, 1]],
    ['an empty object', [{}]],
    ['a symmetric key', [{ kty: 'oct', k: 'c2VjcmV0' }]],
  ])('that holds %s replaces none of the good ones', async (_what, published) => {
    const keys = await TestIssuer.start();
    const jwtauth = `${DEFAULT_JWTAUTH}
    public_key_ttl: 1`;
    const gateway = await startGateway({ issuer: keys, upstreamUrl: upstream.url, jwtauth });
    await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
    const token = await keys.sign({ email: 'alice@acme.example', team: 'research' });
    const caller = new Client(gateway.url, token);
    expect((await caller.chat()).status).toBe(200);
    keys.published = published;
    const before = keys.fetches;
    await eventually(() => {
      expect(keys.fetches).toBeGreaterThan(before);
    });
    for (let count = 0; count < 5; count += 1) {
      expect((await caller.chat()).status).toBe(200);
      await delay(50);
    }
    await gateway.stop();
    await keys.stop();
  });
});

describe('a list in a claim that the entry of an issuer maps', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      jwtauth: DEFAULT_JWTAUTH,
      gatehouse: `
  issuers:
    - issuer: ${issuer.issuer}
      jwks_url: ${issuer.jwksUrl}
      audience: ${AUDIENCE}
      claims: { user_role: grade, org_id: company, user_email: mail }`,
    });
    await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
  });

  afterAll(() => gateway.stop());

  const callerWith = async (claims: object): Promise<Client> => {
    const all = { sub: 'ida', mail: 'ida@acme.example', team: 'research', ...claims };
    return new Client(gateway.url, await issuer.sign(all));
  };

  it.each([
    ['proxy_admin', 200],
    [['proxy_admin'], 200],
    ['internal_user', 403],
    [['internal_user'], 403],
    [[], 403],
  ])('with the role %j has status %d on an administrator route', async (grade, status) => {
    expect((await (await callerWith({ grade })).get('/user/list')).status).toBe(status);
  });

  it.each([
    ['grade', 'user_role'],
    ['company', 'org_id'],
    ['mail', 'user_email'],
  ])('with several values of %s is 403, and the decision names the entry', async (claim, name) => {
    const caller = await callerWith({ [claim]: ['proxy_admin', 'other'] });
    const { status, json, headers } = await caller.get('/user/list');
    expect([status, json.error.reason]).toEqual([403, 'claim_ambiguous']);
    const id = headers.get('x-gatehouse-decision-id') ?? '';
    const { text } = await Client.admin(gateway.url).get(`/decisions/${id}`);
    expect(text).toContain(`gatehouse.issuers[0].claims.${name}`);
  });
});
