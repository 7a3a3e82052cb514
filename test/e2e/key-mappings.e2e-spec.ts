import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { describeWithPostgres } from '#support/postgres';
import { startReplicas, type Replicas } from '#support/replicas';

interface Generated {
  readonly key: string;
  readonly token: string;
}

interface Steps {
  readonly steps: readonly { readonly guard: string; readonly outcome: string }[];
}

const JWTAUTH = `
    user_id_jwt_field: sub
    team_id_jwt_field: team
    user_id_upsert: true
    virtual_key_claim_field: client_id`;

describe('tokens that are mapped to virtual keys', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let admin: Client;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({ issuer, upstreamUrl: upstream.url, jwtauth: JWTAUTH });
    admin = Client.admin(gateway.url);
    await admin.post('/team/new', { team_id: 'research' });
    await admin.post('/user/new', { user_id: 'robot', auto_create_key: false });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const generate = async (body: object = {}): Promise<Generated> =>
    (await admin.post<Generated>('/key/generate', body)).json;
  const reasonOf = async (client: Client): Promise<string> =>
    (await client.chat()).json.error.reason;
  const tokenOf = (client: string): Promise<string> =>
    issuer.sign({ sub: 'alice', team: 'research', client_id: client });
  const clientOf = async (client: string): Promise<Client> =>
    new Client(gateway.url, await tokenOf(client));

  it('decide from the next request on, and stop deciding when the mapping is gone', async () => {
    const client = await clientOf('batch');
    expect((await client.chat()).status).toBe(200);
    const made = await generate({ user_id: 'robot', models: ['other-model'] });
    const claim = { jwt_claim_name: 'client_id', jwt_claim_value: 'batch' };
    const mapping = await admin.post<{ id: string }>('/jwt/key/mapping/new', {
      ...claim,
      key: made.key,
    });
    expect(mapping.status).toBe(200);
    expect(mapping.text).not.toContain(made.token);
    expect((await client.chat()).json.error.type).toBe('key_model_access_denied');
    expect((await admin.post('/jwt/key/mapping/new', { ...claim, token: made.token })).status).toBe(
      409,
    );
    await admin.post('/key/update', { key: made.token, models: [] });
    expect((await client.chat()).status).toBe(200);
    const next = (await admin.post<Generated>('/key/regenerate', { key: made.key })).json;
    expect((await client.chat()).status).toBe(200);
    await admin.post('/key/block', { key: next.token });
    expect(await reasonOf(client)).toBe('key_blocked');
    const { id } = mapping.json;
    expect((await admin.post('/jwt/key/mapping/delete', { id })).status).toBe(200);
    expect((await admin.get(`/jwt/key/mapping/info?id=${id}`)).status).toBe(404);
    expect((await client.chat()).status).toBe(200);
  });

  it('explain themselves', async () => {
    const made = await generate({ user_id: 'robot' });
    const claim = { jwt_claim_name: 'client_id', jwt_claim_value: 'explained' };
    await admin.post('/jwt/key/mapping/new', { ...claim, token: made.token });
    const explained = await admin.post<Steps>('/auth/explain', {
      token: await tokenOf('explained'),
      route: '/v1/chat/completions',
      method: 'POST',
      model: 'test-model',
    });
    expect(explained.json).toMatchObject({ allowed: true, principal: { user_id: 'robot' } });
    expect(JSON.stringify(explained.json.steps)).toContain(made.token);
  });
});

describe('unregistered clients', () => {
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

  const started = async (behaviour: string): Promise<TestGateway> => {
    const jwtauth = `${JWTAUTH}
    unregistered_jwt_client_behavior: ${behaviour}`;
    const gateway = await startGateway({ issuer, upstreamUrl: upstream.url, jwtauth });
    await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
    return gateway;
  };

  it('are refused where they have to be registered', async () => {
    const gateway = await started('reject');
    try {
      for (const claims of [{ client_id: 'stranger' }, {}]) {
        const token = await issuer.sign({ team: 'research', ...claims });
        const response = await new Client(gateway.url, token).chat();
        expect(response.status).toBe(403);
        expect(response.json.error.reason).toBe('policy_denied');
      }
    } finally {
      await gateway.stop();
    }
  });

  it('get one key with their first admitted call, and none with a refused one', async () => {
    const gateway = await started('auto_register');
    try {
      const admin = Client.admin(gateway.url);
      const keysOf = async (userId: string): Promise<{ total_count: number; keys: string[] }> =>
        (await admin.get<{ total_count: number; keys: string[] }>(`/key/list?user_id=${userId}`))
          .json;
      const refused = await issuer.sign({ sub: 'mallory', team: 'nowhere', client_id: 'bad' });
      expect((await new Client(gateway.url, refused).chat()).status).toBe(403);
      expect((await keysOf('mallory')).total_count).toBe(0);
      const token = await issuer.sign({ sub: 'carol', team: 'research', client_id: 'good' });
      const client = new Client(gateway.url, token);
      const responses = await Promise.all(Array.from({ length: 20 }, () => client.chat()));
      expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
      const { keys, total_count: total } = await keysOf('carol');
      expect(total).toBe(1);
      expect((await client.chat()).status).toBe(200);
      await admin.post('/key/block', { key: keys[0] });
      expect((await client.chat()).json.error.reason).toBe('key_blocked');
    } finally {
      await gateway.stop();
    }
  });
});

describeWithPostgres('virtual keys on two replicas', (server) => {
  let replicas: Replicas;
  let issuer: TestIssuer;
  let first: TestGateway;
  let second: TestGateway;

  beforeAll(async () => {
    replicas = await startReplicas(server(), { jwtauth: JWTAUTH });
    ({ issuer, first, second } = replicas);
    await Client.admin(first.url).post('/team/new', { team_id: 'research' });
  });

  afterAll(async () => {
    await replicas.stop();
  });

  it('are made, blocked, regenerated and unmapped for both within a second', async () => {
    const admin = Client.admin(first.url);
    const token = await issuer.sign({ team: 'research', client_id: 'batch' });
    const mapped = new Client(second.url, token);
    expect((await mapped.chat()).status).toBe(200);
    const made = (await admin.post<Generated>('/key/generate', { models: ['other-model'] })).json;
    const claim = { jwt_claim_name: 'client_id', jwt_claim_value: 'batch' };
    const mapping = await admin.post<{ id: string }>('/jwt/key/mapping/new', {
      ...claim,
      token: made.token,
    });
    await eventually(async () => {
      expect((await mapped.chat()).json.error.type).toBe('key_model_access_denied');
    }, 1_000);
    const there = new Client(second.url, made.key);
    expect((await there.get('/v1/models')).status).toBe(200);
    await admin.post('/key/block', { key: made.token });
    await eventually(async () => {
      expect((await there.get('/v1/models')).json.error.reason).toBe('key_blocked');
      expect((await mapped.chat()).json.error.reason).toBe('key_blocked');
    }, 1_000);
    await admin.post('/key/unblock', { key: made.token });
    await admin.post('/key/regenerate', { key: made.token });
    await eventually(async () => {
      expect((await there.get('/v1/models')).json.error.reason).toBe('key_unknown');
      expect((await mapped.chat()).json.error.type).toBe('key_model_access_denied');
    }, 1_000);
    await admin.post('/jwt/key/mapping/delete', { id: mapping.json.id });
    await eventually(async () => {
      expect((await mapped.chat()).status).toBe(200);
    }, 1_000);
  });
});
