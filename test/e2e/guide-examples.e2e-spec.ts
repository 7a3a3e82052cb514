import { Clock } from '#libs/common';
import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startFromFile } from '#support/file-gateway';
import type { TestGateway } from '#support/gateway';
import { GUIDE_EXAMPLES, GUIDE_MODEL, GUIDE_MODELS } from '#support/guide-examples';
import { TestIssuer } from '#support/issuer';
import { OpenIdProvider } from '#support/openid-provider';

jest.setTimeout(120_000);

/** The configurations of the JWT-auth guide (A1–A7), as it prints them. */
describe('the JWT-auth guide', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway | undefined;

  beforeAll(async () => {
    issuer = await TestIssuer.start('RS256');
    upstream = await startFakeUpstream();
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await gateway?.stop();
    gateway = undefined;
  });

  afterAll(async () => {
    await upstream.close();
    await issuer.stop();
  });

  /** Starts the text as a file, with the variables that the guide names. */
  const start = async (text: string, env: Record<string, string> = {}): Promise<void> => {
    gateway = await startFromFile(text, {
      // The form of a Keycloak realm.
      JWT_PUBLIC_KEY_URL: `${issuer.issuer}/realms/test/protocol/openid-connect/certs`,
      AZURE_API_BASE: upstream.url,
      AZURE_API_KEY: 'deployment-key',
      ...env,
    });
  };
  const withToken = (token: string): Client => new Client(gateway?.url ?? '', token);
  const caller = async (claims: Record<string, unknown>): Promise<Client> =>
    withToken(await issuer.sign(claims));
  const master = (): Client => withToken('sk-1234');
  const chat = (client: Client, extra: object = {}) =>
    client.chat('hello', { model: GUIDE_MODEL, ...extra });

  describe('A1: tokens beside the master key', () => {
    it('lets a client-credentials token chat, and an administrator’s make keys', async () => {
      const provider = await OpenIdProvider.start({});
      // Two addresses: a real provider's, and one in the form of a Duende server.
      const duende = `${issuer.issuer}/.well-known/openid-configuration/jwks`;
      await start(GUIDE_EXAMPLES.A1, { JWT_PUBLIC_KEY_URL: `${provider.issuer}/jwks, ${duende}` });
      const { access_token: token } = await provider.clientCredentials();
      expect((await chat(withToken(token))).status).toBe(200);
      expect(upstream.records.at(-1)).toMatchObject({
        path: '/openai/deployments/%3Cyour-deployment-name%3E/chat/completions?api-version=2023-07-01-preview',
        headers: { 'api-key': 'deployment-key' },
      });
      expect((await withToken(token).post('/key/generate')).status).toBe(403);
      const admin = await caller({ scope: 'openid litellm_proxy_admin' });
      const made = await admin.post<{ key: string }>('/key/generate', {});
      expect(made.status).toBe(200);
      expect(made.json.key).toMatch(/^sk-/);
      expect((await master().post('/key/generate')).status).toBe(200);
      expect((await chat(withToken(made.json.key))).status).toBe(200);
      await provider.stop();
    });

    it('looks at the audience where JWT_AUDIENCE is set, and nowhere else', async () => {
      await start(GUIDE_EXAMPLES.A1, { JWT_AUDIENCE: 'litellm' });
      expect((await chat(await caller({ aud: ['litellm', 'account'] }))).status).toBe(200);
      for (const aud of ['another', null]) {
        const refused = await chat(await caller({ aud }));
        expect(refused.status).toBe(401);
        expect(refused.json.error.reason).toBe('token_invalid');
      }
    });

    it('bills the team of a client id where there is one, and needs none', async () => {
      await start(GUIDE_EXAMPLES.A1);
      await master().post('/team/new', { team_id: 'my-client' });
      for (const [client, team] of [
        ['my-client', 'my-client'],
        ['another', null],
      ] as const) {
        const { status, headers } = await chat(await caller({ client_id: client, aud: null }));
        expect(status).toBe(200);
        const id = headers.get('x-request-id') ?? '';
        await eventually(async () => {
          const { json } = await master().get<object[]>(`/spend/logs?request_id=${id}`);
          expect(json).toMatchObject([{ team_id: team }]);
        });
      }
    });
  });

  it('A2: knows another scope of administrators, in a list and in text', async () => {
    await start(GUIDE_EXAMPLES.A2);
    for (const [scope, status] of [
      [['litellm-proxy-admin', 'email'], 200],
      ['email litellm-proxy-admin', 200],
      ['litellm_proxy_admin', 403],
      ['litellm-proxy-admins', 403],
    ] as const) {
      const response = await (await caller({ scope })).post('/key/generate');
      expect([scope, response.status]).toEqual([scope, status]);
    }
  });

  it('A3: books each call to the team, user, organisation and end user of its token', async () => {
    const claims = { client_id: 'my-unique-team', sub: 'my-unique-user', org_id: 'my-unique-org' };
    // The name of its list price, so that there is something to bill.
    const priced = `${GUIDE_MODELS}  model_info: { base_model: gpt-4o }\n`;
    await start(GUIDE_EXAMPLES.A3 + priced);
    const organization = { organization_id: 'my-unique-org', organization_alias: 'ours' };
    await master().post('/organization/new', organization);
    await master().post('/team/new', { team_id: 'my-unique-team' });
    await master().post('/user/new', { user_id: 'my-unique-user', auto_create_key: false });
    const client = await caller({ ...claims, customer_id: 'a-customer' });
    // What a request says about its end user does not count beside the token.
    const response = await chat(client, { user: 'another-user' });
    expect(response.status).toBe(200);
    const cost = Number(response.headers.get('x-litellm-response-cost'));
    expect(cost).toBeGreaterThan(0);
    const id = response.headers.get('x-request-id') ?? '';
    await eventually(async () => {
      const { json } = await master().get<object[]>(`/spend/logs?request_id=${id}`);
      expect(json).toMatchObject([
        {
          team_id: 'my-unique-team',
          user: 'my-unique-user',
          organization_id: 'my-unique-org',
          end_user: 'a-customer',
          spend: cost,
        },
      ]);
      const team = await master().get('/team/info?team_id=my-unique-team');
      expect(team.json.team_info.spend).toBe(cost);
      const user = await master().get('/user/info?user_id=my-unique-user');
      expect(user.json.user_info.spend).toBe(cost);
    });
    const refused = await chat(await caller({ ...claims, client_id: 'unknown' }));
    expect([refused.status, refused.json.error.reason]).toEqual([403, 'team_unknown']);
    expect((await master().get('/team/info?team_id=unknown')).status).toBe(404);
  });

  it('A4: names the routes of administrators and of teams', async () => {
    await start(GUIDE_EXAMPLES.A4 + GUIDE_MODELS);
    await master().post('/team/new', { team_id: 'research' });
    const member = await caller({ 'litellm-team': 'research' });
    expect((await chat(member)).status).toBe(200);
    expect((await member.get('/v1/models')).json.error.reason).toBe('route_not_allowed');
    const token = await issuer.sign({ scope: 'litellm-proxy-admin' });
    const admin = withToken(token);
    for (const refused of [await admin.post('/key/generate'), await chat(admin)]) {
      expect([refused.status, refused.json.error.reason]).toEqual([403, 'route_not_allowed']);
    }
    const asked = { token, route: '/v1/embeddings', model: GUIDE_MODEL };
    const { json } = await master().post('/auth/explain', asked);
    expect(json).toMatchObject({ allowed: true, allowed_routes: ['/v1/embeddings'] });
  });

  it('A5: keeps keys for the seconds of public_key_ttl', async () => {
    const lifetime = '  litellm_jwtauth:\n    public_key_ttl: 600\n';
    await start(GUIDE_EXAMPLES.A1.replace('model_list:', `${lifetime}model_list:`));
    expect((await chat(await caller({}))).status).toBe(200);
    const clock = gateway?.gateway.app.get(Clock);
    if (clock === undefined) throw new Error('no clock');
    const now = clock.nowMs.bind(clock);
    const client = await caller({ exp: Math.floor(Date.now() / 1000) + 7_200 });
    const before = issuer.fetches;
    jest.spyOn(clock, 'nowMs').mockImplementation(() => now() + 590_000);
    expect((await chat(client)).status).toBe(200);
    expect(issuer.fetches).toBe(before);
    jest.spyOn(clock, 'nowMs').mockImplementation(() => now() + 610_000);
    expect((await chat(client)).status).toBe(200);
    await eventually(() => {
      expect(issuer.fetches).toBe(before + 1);
    });
  });

  it('A6: stops and restores all requests of a team by an administrator’s token', async () => {
    // The guide shows no file for it; where no claim is said to name the team, "client_id" may.
    await start(GUIDE_EXAMPLES.A2 + GUIDE_MODELS);
    const admin = await caller({ scope: 'litellm-proxy-admin' });
    await admin.post('/team/new', { team_id: 'research' });
    await admin.post('/team/new', { team_id: 'sales' });
    const member = await caller({ client_id: 'research' });
    expect((await chat(member)).status).toBe(200);
    expect((await member.post('/team/block', { team_id: 'sales' })).status).toBe(403);
    expect((await admin.post('/team/block', { team_id: 'research' })).status).toBe(200);
    const refused = await chat(member);
    expect([refused.status, refused.json.error.reason]).toEqual([403, 'team_blocked']);
    expect((await chat(await caller({ client_id: 'sales' }))).status).toBe(200);
    expect((await admin.post('/team/unblock', { team_id: 'research' })).status).toBe(200);
    expect((await chat(member)).status).toBe(200);
  });

  it('A7: lets in everybody of one email domain, and creates them on their first call', async () => {
    await start(GUIDE_EXAMPLES.A7 + GUIDE_MODELS);
    expect((await chat(await caller({ email: 'ann@my-co.com' }))).status).toBe(200);
    const { json } = await master().get('/user/info?user_id=ann@my-co.com');
    expect(json.user_info).toMatchObject({ user_email: 'ann@my-co.com' });
    for (const email of ['eve@my-co.com.evil.com', 'eve@sub.my-co.com', 'my-co.com', null]) {
      const refused = await chat(await caller({ email }));
      expect([email, refused.status, refused.json.error.reason]).toEqual([
        email,
        403,
        'email_domain_not_allowed',
      ]);
    }
    expect((await master().get('/user/list')).json.users).toHaveLength(1);
  });
});
