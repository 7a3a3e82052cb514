import { SettingsStore, type Settings } from '#libs/config';
import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { DEFAULT_JWTAUTH, startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

const JWTAUTH = `${DEFAULT_JWTAUTH}
    enforce_scope_based_access: true
    scope_mappings:
      - scope: chat
        models: [test-model]
        routes: [openai_routes, '/team/info']
  admin_only_routes: [/spend/logs]`;

const POLICIES = `  policies:
    - name: no-nights
      when: has(token.shift) && token.shift == "night"
      effect: deny
      reason: Come back in the morning.
    - name: watch-customers
      when: principal.end_user_id != ""
      effect: deny
      mode: shadow`;

describe('routes, scopes and policies of a running gateway', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let admin: Client;

  const clientOf = async (claims: Record<string, unknown> = {}): Promise<Client> =>
    new Client(
      gateway.url,
      await issuer.sign({
        sub: 'ann',
        email: 'ann@acme.example',
        team: 'research',
        scope: 'openid chat',
        ...claims,
      }),
    );

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      jwtauth: JWTAUTH,
      gatehouse: POLICIES,
    });
    admin = Client.admin(gateway.url);
    await admin.post('/team/new', { team_id: 'research' });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  it('answers a call that scopes and policies let pass', async () => {
    expect((await (await clientOf()).chat()).status).toBe(200);
  });

  it('refuses a route that no scope opens, and says which scope would have', async () => {
    const before = upstream.records.length;
    const response = await (await clientOf({ scope: 'openid' })).chat();
    expect(response.status).toBe(403);
    expect(response.json.error.reason).toBe('scope_insufficient');
    expect(response.headers.get('www-authenticate')).toContain('scope="chat"');
    expect(upstream.records).toHaveLength(before);
  });

  it('refuses a call that a policy refuses, with the message of the policy, and calls no upstream', async () => {
    const before = upstream.records.length;
    const response = await (await clientOf({ sub: 'owl', shift: 'night' })).chat();
    expect(response.status).toBe(403);
    expect(response.json.error).toMatchObject({
      reason: 'policy_denied',
      message: 'Come back in the morning.',
    });
    expect(upstream.records).toHaveLength(before);
    expect((await admin.get('/user/info?user_id=owl')).status).toBe(404);
  });

  it('writes what a shadow policy would have done into the decision, and does not do it', async () => {
    const response = await (await clientOf({ end_user: 'customer' })).chat();
    expect(response.status).toBe(200);
    const id = response.headers.get('x-gatehouse-decision-id') ?? '';
    const { json } = await admin.get(`/decisions/${id}`);
    expect(json.steps).toContainEqual({
      guard: 'policies',
      outcome: 'passed',
      detail: 'the policy watch-customers, in shadow, would refuse the call',
      config_key: 'gatehouse.policies[1]',
    });
  });

  it('refuses all other callers on routes that are only for administrators', async () => {
    const wide = await clientOf({ scope: 'chat' });
    expect((await wide.get('/spend/logs')).status).toBe(403);
    expect((await admin.get('/spend/logs')).status).toBe(200);
  });

  describe('with public routes', () => {
    const anonymous = () => new Client(gateway.url, null);
    let store: SettingsStore;
    let before: Settings;

    beforeAll(() => {
      store = gateway.gateway.app.get(SettingsStore);
      before = store.current;
      const publicRoutes = ['llm_api_routes', '/v1/chat/completions'];
      store.swap({ ...before, access: { ...before.access, publicRoutes } });
    });

    afterAll(() => {
      store.swap(before);
    });

    it('relays an anonymous call and books it to no user', async () => {
      const response = await anonymous().chat();
      expect(response.status).toBe(200);
      const id = response.headers.get('x-request-id') ?? '';
      await eventually(async () => {
        const { json } = await admin.get<object[]>(`/spend/logs?request_id=${id}`);
        expect(json).toMatchObject([{ request_id: id, user: '' }]);
      });
    });

    it('ignores a malformed credential, and refuses it on other routes', async () => {
      const library = new Client(gateway.url, 'not-needed');
      expect((await library.get('/v1/models')).status).toBe(200);
      expect((await library.get('/team/info?team_id=research')).status).toBe(401);
    });

    it('shows an anonymous caller nothing that belongs to a user or team', async () => {
      const { access } = store.current;
      const publicRoutes = ['/team/info', '/user/list', '/key/generate', '/spend/logs'];
      store.swap({ ...store.current, access: { ...access, publicRoutes } });
      expect((await anonymous().get('/team/info?team_id=research')).status).toBe(404);
      expect((await anonymous().get('/user/list')).status).toBe(403);
      expect((await anonymous().post('/key/generate')).status).toBe(403);
      expect((await anonymous().get('/spend/logs')).status).toBe(403);
    });
  });
});
