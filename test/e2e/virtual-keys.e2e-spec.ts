import { inspect } from 'node:util';
import { JsonLogger } from '#gateway/logging/json-logger';
import { Database } from '#libs/database';
import { keyIdOf } from '#libs/keys';
import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

interface Generated {
  readonly key: string;
  readonly token: string;
  readonly user_id: string | null;
}

const JWTAUTH = `
    user_id_jwt_field: sub
    user_email_jwt_field: email
    team_id_jwt_field: team
    user_id_upsert: true`;

describe('virtual keys', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let admin: Client;
  const logged: string[] = [];
  const secrets: string[] = [];

  beforeAll(async () => {
    for (const method of ['record', 'log', 'error', 'warn', 'debug', 'verbose', 'fatal'] as const) {
      jest.spyOn(JsonLogger.prototype, method).mockImplementation((...line: unknown[]) => {
        logged.push(inspect(line, { depth: null }));
      });
    }
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
    jest.restoreAllMocks();
  });

  const generate = async (body: object = {}): Promise<Generated> => {
    const response = await admin.post<Generated>('/key/generate', body);
    expect(response.status).toBe(200);
    secrets.push(response.json.key);
    return response.json;
  };
  const withKey = ({ key }: Generated): Client => new Client(gateway.url, key);
  const reasonOf = async (client: Client, extra: object = {}): Promise<string> =>
    (await client.chat('x', extra)).json.error.reason;

  it('call models for their owner and team, and the books say with which key', async () => {
    const made = await generate({ user_id: 'robot', team_id: 'research', key_alias: 'books' });
    expect((await withKey(made).chat()).status).toBe(200);
    await eventually(async () => {
      const rows = await admin.get<Record<string, unknown>[]>('/spend/logs?user_id=robot');
      expect(rows.json).toContainEqual(
        expect.objectContaining({ api_key: made.token, user: 'robot', team_id: 'research' }),
      );
    });
    const info = await admin.get<{ info: { spend: number } }>(`/key/info?key=${made.token}`);
    expect(info.json.info.spend).toBeGreaterThan(0);
    const sent = JSON.stringify(upstream.records);
    expect(sent).not.toContain(made.key);
  });

  it('are accepted wherever a key may stand', async () => {
    const made = await generate();
    for (const header of ['x-api-key', 'api-key', 'x-litellm-api-key']) {
      const bare = new Client(gateway.url, null);
      const headers = { [header]: made.key };
      expect((await bare.send('GET', '/v1/models', { headers })).status).toBe(200);
    }
  });

  it('are 401 when they are unknown, expired or blocked, and reach no upstream', async () => {
    const before = upstream.records.length;
    expect((await new Client(gateway.url, 'sk-an-unknown-key').chat()).json.error).toMatchObject({
      code: '401',
      type: 'auth_error',
      reason: 'key_unknown',
    });
    const brief = await generate({ duration: '1s' });
    await eventually(async () => {
      expect((await withKey(brief).get('/v1/models')).json.error.reason).toBe('key_expired');
    });
    const blocked = await generate();
    await admin.post('/key/block', { key: blocked.key });
    const refused = await withKey(blocked).chat();
    expect(refused.status).toBe(401);
    expect(refused.json.error.reason).toBe('key_blocked');
    expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(upstream.records).toHaveLength(before);
    await admin.post('/key/unblock', { key: blocked.token });
    expect((await withKey(blocked).chat()).status).toBe(200);
  });

  it('are tried as nothing else, also with two dots in them', async () => {
    const dotted = await generate({ key: 'sk-abcdefgh.ijklmnop.qrstuvwx' });
    expect((await withKey(dotted).chat()).status).toBe(200);
    expect(await reasonOf(new Client(gateway.url, 'sk-a.b.c'))).toBe('key_unknown');
    expect((await new Client(gateway.url, keyIdOf(dotted.key)).chat()).status).toBe(401);
  });

  it('use their own models, within those of their team', async () => {
    await admin.post('/team/new', { team_id: 'narrow', models: ['other-model'] });
    const narrowTeam = await generate({ team_id: 'narrow' });
    expect((await withKey(narrowTeam).chat()).json.error.type).toBe('team_model_access_denied');
    const narrowKey = await generate({ models: ['other-model'] });
    const refused = await withKey(narrowKey).chat();
    expect(refused.status).toBe(403);
    expect(refused.json.error).toMatchObject({
      type: 'key_model_access_denied',
      reason: 'model_not_allowed',
    });
    expect((await withKey(narrowKey).get('/v1/models')).json.data).toEqual([]);
  });

  it('call the routes of their list alone, and never more than their owner', async () => {
    const made = await generate({ allowed_routes: ['/models', 'management_routes'] });
    expect((await withKey(made).get('/v1/models')).status).toBe(200);
    expect(await reasonOf(withKey(made))).toBe('route_not_allowed');
    expect((await withKey(made).post('/team/new', { team_id: 'x' })).status).toBe(403);
  });

  it('go on with another secret after they are regenerated', async () => {
    const made = await generate({ user_id: 'robot' });
    expect((await withKey(made).chat()).status).toBe(200);
    const next = (await admin.post<Generated>(`/key/${made.key}/regenerate`)).json;
    secrets.push(next.key);
    expect(next.user_id).toBe('robot');
    expect(await reasonOf(withKey(made))).toBe('key_unknown');
    expect((await withKey(next).chat()).status).toBe(200);
  });

  it('are refused with their user and their team, and are gone with them', async () => {
    await admin.post('/user/new', { user_id: 'leaver', auto_create_key: false });
    const made = await generate({ user_id: 'leaver' });
    expect((await withKey(made).chat()).status).toBe(200);
    await admin.post('/user/update', { user_id: 'leaver', blocked: true });
    expect(await reasonOf(withKey(made))).toBe('user_blocked');
    await admin.post('/user/delete', { user_ids: ['leaver'] });
    expect(await reasonOf(withKey(made))).toBe('key_unknown');
    await admin.post('/team/new', { team_id: 'wave' });
    const service = await generate({ team_id: 'wave' });
    await admin.post('/team/block', { team_id: 'wave' });
    expect(await reasonOf(withKey(service))).toBe('team_blocked');
    await admin.post('/team/delete', { team_ids: ['wave'] });
    expect(await reasonOf(withKey(service))).toBe('key_unknown');
  });

  it('may be of a user who is bound to an identity of an identity provider', async () => {
    const token = await issuer.sign({ sub: 'claimed', team: 'research' });
    expect((await new Client(gateway.url, token).chat()).status).toBe(200);
    const made = await generate({ user_id: 'claimed' });
    expect((await withKey(made).chat()).status).toBe(200);
  });

  it('of administrators administer, those of others show themselves', async () => {
    const body = { user_id: 'root', user_role: 'proxy_admin', auto_create_key: false };
    await admin.post('/user/new', body);
    const powerful = await generate({ user_id: 'root' });
    expect((await withKey(powerful).get('/user/list')).status).toBe(200);
    const plain = await generate({ user_id: 'robot' });
    expect((await withKey(plain).get('/user/list')).status).toBe(403);
    const self = await withKey(plain).get<{ key: string }>('/key/info');
    expect(self.json.key).toBe(plain.token);
    expect((await withKey(plain).get(`/key/info?key=${powerful.token}`)).status).toBe(404);
  });

  it('answer what cannot be enforced or does not exist with the member at fault', async () => {
    const responses = [
      await admin.post('/key/generate', { max_budget: -5 }),
      await admin.post('/key/generate', { key: 'sk-1234' }),
      await admin.post('/key/generate', { user_id: 'absent' }),
      await admin.post('/key/block', { key: 'sk-an-unknown-key' }),
    ];
    expect(responses.map(({ status }) => status)).toEqual([400, 400, 404, 404]);
    expect(responses.map(({ json }) => (json.error as { param?: string }).param)).toEqual([
      'max_budget',
      'key',
      'user_id',
      'key',
    ]);
    expect((await new Client(gateway.url, null).post('/key/generate')).status).toBe(401);
  });

  it('stand in no log line, decision, audit entry or any other row', async () => {
    const made = await generate();
    const refused = await withKey(made).post(`/key/${made.key}/regenerate`);
    expect(refused.status).toBe(403);
    const id = refused.headers.get('x-gatehouse-decision-id') ?? '';
    const decision = await admin.get(`/decisions/${id}`);
    expect(decision.status).toBe(200);
    await admin.get(`/key/info?key=${made.key}`);
    await new Client(gateway.url, null).post(`/key/${made.key}/nothing`);
    const database = gateway.gateway.app.get(Database);
    const places = [logged.join('\n'), decision.text, refused.text];
    for (const table of ['audit_entries', 'decisions', 'virtual_keys', 'jwt_key_mappings']) {
      const rows = await database.read((manager) => manager.query(`SELECT * FROM ${table}`));
      places.push(inspect(rows, { depth: null, maxArrayLength: null, maxStringLength: null }));
    }
    for (const place of places) {
      expect(place).not.toBe('');
      for (const secret of secrets) expect(place).not.toContain(secret);
    }
  });
});

describe('virtual keys that people make for themselves', () => {
  it('are theirs and their team’s, and reach no further than their tokens', async () => {
    const issuer = await TestIssuer.start();
    const upstream = await startFakeUpstream();
    const jwtauth = `${JWTAUTH}
    team_allowed_routes: [openai_routes, info_routes, key_management_routes]`;
    const gateway = await startGateway({ issuer, upstreamUrl: upstream.url, jwtauth });
    try {
      const admin = Client.admin(gateway.url);
      await admin.post('/team/new', { team_id: 'research', models: ['test-model'] });
      const alice = new Client(gateway.url, await issuer.sign({ sub: 'alice', team: 'research' }));
      expect((await alice.chat()).status).toBe(200);
      const wide = await alice.post<Generated>('/key/generate');
      expect(wide.status).toBe(200);
      expect((await new Client(gateway.url, wide.json.key).chat()).status).toBe(200);
      await admin.post('/team/update', { team_id: 'research', models: ['other-model'] });
      const narrowed = await new Client(gateway.url, wide.json.key).chat();
      expect(narrowed.json.error.reason).toBe('model_not_allowed');
      await admin.post('/team/update', { team_id: 'research', models: ['test-model'] });
      const made = await alice.post<Generated & { readonly team_id: string }>('/key/generate', {
        models: ['test-model'],
      });
      expect(made.json).toMatchObject({ user_id: 'alice', team_id: 'research' });
      const key = new Client(gateway.url, made.json.key);
      expect((await key.chat()).status).toBe(200);
      expect((await key.get<{ info: object }>('/key/info')).json.info).toMatchObject({
        allowed_routes: ['openai_routes', 'info_routes', 'key_management_routes'],
      });
      const wider = { models: ['test-model'], allowed_routes: ['anthropic_routes'] };
      expect((await alice.post('/key/generate', wider)).status).toBe(403);
      const bob = new Client(gateway.url, await issuer.sign({ sub: 'bob', team: 'research' }));
      expect((await bob.get(`/key/info?key=${made.json.token}`)).status).toBe(404);
      expect((await bob.post('/key/delete', { keys: [made.json.token] })).status).toBe(404);
      expect((await alice.post('/key/update', { key: made.json.token, models: [] })).status).toBe(
        403,
      );
      expect((await alice.post('/key/delete', { keys: [made.json.token] })).status).toBe(200);
      expect((await key.chat()).json.error.reason).toBe('key_unknown');
    } finally {
      await gateway.stop();
      await upstream.close();
      await issuer.stop();
    }
  });
});
