import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

describe('who may do what', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let admin: Client;

  const clientOf = async (claims: Record<string, unknown>): Promise<Client> =>
    new Client(
      gateway.url,
      await issuer.sign({ email: 'x@acme.example', team: 'research', ...claims }),
    );

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({ issuer, upstreamUrl: upstream.url });
    admin = Client.admin(gateway.url);
    await admin.post('/team/new', { team_id: 'research' });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  it('creates the user of an allowed domain on the first call, once for 50 first calls at once', async () => {
    const client = await clientOf({ sub: 'fifty', email: 'fifty@acme.example' });
    const responses = await Promise.all(Array.from({ length: 50 }, () => client.chat()));
    expect(responses.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200));
    const { json } = await admin.get('/user/list?user_ids=fifty');
    expect(json.users).toHaveLength(1);
    expect(json.users[0]).toMatchObject({ user_id: 'fifty', user_email: 'fifty@acme.example' });
  });

  it('refuses another email domain with 403 and creates no row', async () => {
    const before = upstream.records.length;
    const response = await (await clientOf({ sub: 'bob', email: 'bob@evil-acme.example' })).chat();
    expect(response.status).toBe(403);
    expect(response.json.error).toMatchObject({
      type: 'auth_error',
      code: '403',
      reason: 'email_domain_not_allowed',
    });
    expect((await admin.get('/user/info?user_id=bob')).status).toBe(404);
    expect(upstream.records).toHaveLength(before);
  });

  it('refuses anonymous callers with 401 and a challenge before looking at the body', async () => {
    const response = await new Client(gateway.url, null).post('/v1/chat/completions', '{ not json');
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe(
      `Bearer resource_metadata="${gateway.url}/.well-known/oauth-protected-resource"`,
    );
    expect(response.json.error).toMatchObject({ type: 'auth_error', reason: 'credential_missing' });
  });

  it('refuses an admin token on chat completions by default, and a team token on the admin API', async () => {
    const scoped = await clientOf({ sub: 'root', scope: 'openid litellm_proxy_admin' });
    expect((await scoped.chat()).json.error).toMatchObject({
      code: '403',
      reason: 'route_not_allowed',
    });
    const member = await clientOf({ sub: 'alice' });
    const response = await member.post('/team/new', { team_id: 'mine' });
    expect(response.json.error).toMatchObject({ code: '403', reason: 'route_not_allowed' });
    expect((await admin.get('/team/info?team_id=mine')).status).toBe(404);
  });

  it('lets an admin token administer', async () => {
    const scoped = await clientOf({ sub: 'root', scope: ['litellm_proxy_admin'] });
    const response = await scoped.post('/team/new', { team_id: 'by-root', models: ['test-model'] });
    expect(response.status).toBe(200);
    expect(response.json).toMatchObject({
      team_id: 'by-root',
      models: ['test-model'],
      blocked: false,
    });
  });

  it('refuses a blocked team from the next request on, and lets it back in', async () => {
    await admin.post('/team/new', { team_id: 'wave' });
    const client = await clientOf({ sub: 'carol', team: 'wave' });
    expect((await client.chat()).status).toBe(200);
    expect((await admin.post('/team/block', { team_id: 'wave' })).status).toBe(200);
    const before = upstream.records.length;
    const refused = await client.chat();
    expect(refused.status).toBe(403);
    expect(refused.json.error).toMatchObject({ type: 'auth_error', reason: 'team_blocked' });
    expect(upstream.records).toHaveLength(before);
    await admin.post('/team/unblock', { team_id: 'wave' });
    expect((await client.chat()).status).toBe(200);
  });

  it('names the missing team, the unknown team and the model that is not granted', async () => {
    expect((await (await clientOf({ team: null })).chat()).json.error).toMatchObject({
      code: '403',
      reason: 'team_required',
    });
    expect((await (await clientOf({ team: 'nowhere' })).chat()).json.error).toMatchObject({
      code: '403',
      reason: 'team_unknown',
    });
    await admin.post('/team/new', { team_id: 'narrow', models: ['other-model'] });
    expect((await (await clientOf({ team: 'narrow' })).chat()).json.error).toMatchObject({
      code: '403',
      reason: 'model_not_allowed',
      type: 'team_model_access_denied',
    });
  });

  it('answers a model that is granted but does not exist with 400', async () => {
    const client = await clientOf({ sub: 'alice' });
    const response = await client.chat('x', { model: 'no-such-model' });
    expect(response.status).toBe(400);
    expect(response.json.error).toMatchObject({
      param: 'model',
      reason: 'model_unknown',
      type: 'bad_request_error',
    });
  });

  it('lists the models that the caller may use', async () => {
    const wide = await (await clientOf({ sub: 'alice' })).get('/v1/models');
    expect(wide.json.data.map(({ id }) => id)).toEqual(['test-model']);
    const narrow = await (await clientOf({ team: 'narrow' })).get('/models');
    expect(narrow.json.data).toEqual([]);
  });

  it('explains a refusal to administrators, by its decision id and by asking again', async () => {
    const token = await issuer.sign({ sub: 'bob', email: 'bob@other.example', team: 'research' });
    const refused = await new Client(gateway.url, token).chat();
    const id = refused.headers.get('x-gatehouse-decision-id') ?? '';
    const decision = await admin.get(`/decisions/${id}`);
    expect(decision.status).toBe(200);
    expect(decision.json).toMatchObject({
      decision_id: id,
      allowed: false,
      status: 403,
      reason: 'email_domain_not_allowed',
    });
    const explained = await admin.post('/auth/explain', {
      token,
      route: '/v1/chat/completions',
      method: 'POST',
      model: 'test-model',
    });
    expect(explained.json).toMatchObject({
      allowed: false,
      status: 403,
      reason: 'email_domain_not_allowed',
    });
    expect(explained.json.steps.map(({ guard }) => guard)).toContain('email-domain');
    const member = await clientOf({ sub: 'alice' });
    expect((await member.get(`/decisions/${id}`)).status).toBe(403);
  });

  it('carries a decision id on allowed answers and an own request id on all', async () => {
    const client = await clientOf({ sub: 'alice' });
    const response = await client.post(
      '/chat/completions',
      { model: 'test-model', messages: [{ role: 'user', content: 'x' }] },
      { 'x-request-id': 'mine' },
    );
    expect(response.status).toBe(200);
    expect(response.headers.get('x-gatehouse-decision-id')).toMatch(/^dec_/);
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    expect(response.headers.get('x-litellm-call-id')).toBe(response.headers.get('x-request-id'));
    expect(
      (await new Client(gateway.url, null).get('/nowhere')).headers.get('x-request-id'),
    ).toMatch(/^req_/);
  });

  it('refuses members that name a destination or a price', async () => {
    const client = await clientOf({ sub: 'alice' });
    for (const member of [
      'api_base',
      'base_url',
      'api_key',
      'input_cost_per_token',
      'mock_response',
      'extra_headers',
    ]) {
      const response = await client.chat('x', { [member]: 'http://127.0.0.1:1' });
      expect(response.json.error).toMatchObject({
        code: '400',
        param: member,
        reason: 'request_invalid',
      });
    }
  });
});
