import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { runOnFile, startFromFile } from '#support/file-gateway';
import type { TestGateway } from '#support/gateway';
import { GUIDE_EXAMPLES, GUIDE_MODEL, GUIDE_MODELS, withApiBase } from '#support/guide-examples';
import { TestIssuer } from '#support/issuer';

jest.setTimeout(180_000);

/** The configurations of the first (beta) JWT-auth guide (B1, B2) and of the OIDC model-access guide (D1, D2). */
describe('the first JWT-auth guide and the model-access guide', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    issuer = await TestIssuer.start('RS256');
    upstream = await startFakeUpstream();
  });

  afterEach(async () => {
    await gateway.stop();
  });

  afterAll(async () => {
    await upstream.close();
    await issuer.stop();
  });

  const start = async (text: string): Promise<void> => {
    gateway = await startFromFile(text, {
      JWT_PUBLIC_KEY_URL: issuer.jwksUrl,
      AZURE_API_BASE: upstream.url,
      AZURE_API_KEY: 'deployment-key',
      ANTHROPIC_API_KEY: 'anthropic-key',
      OPENAI_API_KEY: 'openai-key',
    });
  };
  const caller = async (claims: Record<string, unknown>): Promise<Client> =>
    new Client(gateway.url, await issuer.sign(claims));

  it('B1: gives callers that are not administrators only the routes of the list', async () => {
    await start(GUIDE_EXAMPLES.B1 + GUIDE_MODELS);
    const user = await caller({});
    for (const path of ['/chat/completions', '/v1/chat/completions']) {
      const response = await user.post(path, { model: GUIDE_MODEL, messages: [] });
      expect([path, response.status]).toEqual([path, 200]);
    }
    for (const path of ['/v1/models', '/team/info?team_id=x', '/spend/logs']) {
      const refused = await user.get(path);
      expect([path, refused.status, refused.json.error.reason]).toEqual([
        path,
        403,
        'route_not_allowed',
      ]);
    }
    const admin = await caller({ scope: 'litellm_proxy_admin' });
    expect((await admin.post('/team/new', { team_id: 'research' })).status).toBe(200);
    const master = new Client(gateway.url, 'sk-1234');
    expect((await master.get('/v1/models')).status).toBe(200);
    const asked = { token: await issuer.sign(), route: '/v1/embeddings', model: GUIDE_MODEL };
    expect((await master.post('/auth/explain', asked)).json).toMatchObject({ allowed: true });
  });

  it('B2: knows the administrators’ scope by its first name', async () => {
    await start(GUIDE_EXAMPLES.B2 + GUIDE_MODELS);
    for (const [scope, status] of [
      ['litellm-proxy-admin', 200],
      [['email', 'litellm-proxy-admin'], 200],
      ['litellm_proxy_admin', 403],
      ['litellm_user', 403],
    ] as const) {
      const response = await (await caller({ scope })).post('/key/generate');
      expect([scope, response.status]).toEqual([scope, status]);
    }
    const user = await caller({ scope: 'litellm_user' });
    expect((await user.chat('hello', { model: GUIDE_MODEL })).status).toBe(200);
  });

  const NESTED = 'resource_access.litellm-test-client-id.roles';
  const PERSON = { sub: '1234567890', name: 'John Doe', email: 'john.doe@example.com' };

  it.each<[string, string, (roles: unknown) => object]>([
    ['D1', 'roles', (roles) => ({ roles })],
    ['D2', NESTED, (roles) => ({ resource_access: { 'litellm-test-client-id': { roles } } })],
  ])('%s: opens the models of a role to those who have it in %s', async (_name, field, claims) => {
    const text = GUIDE_EXAMPLES.D1.replace('"roles"', `"${field}"`);
    await start(withApiBase(text, `${upstream.url}/v1`));
    const member = await caller({ ...PERSON, ...claims(['basic_user']) });
    expect((await member.chat('hello', { model: 'anthropic-claude' })).status).toBe(200);
    expect(upstream.records.at(-1)?.model).toBe('claude-3-5-haiku-20241022');
    const calls = upstream.records.length;
    const refused = await member.chat('hello', { model: 'openai-gpt-4o' });
    expect([refused.status, refused.json.error.reason]).toEqual([403, 'model_not_allowed']);
    expect((await member.get('/v1/models')).json.data).toMatchObject([{ id: 'anthropic-claude' }]);
    for (const others of [{}, claims(['admin']), claims([]), { role: ['basic_user'] }]) {
      const stranger = await caller({ ...PERSON, ...others });
      const response = await stranger.chat('hello', { model: 'anthropic-claude' });
      expect([response.status, response.json.error.reason]).toEqual([403, 'role_missing']);
    }
    expect(upstream.records).toHaveLength(calls);
  });
});

describe('gatehouse check', () => {
  type Name = keyof typeof GUIDE_EXAMPLES;
  const reports = new Map<Name, string>();
  const reportOn = (name: Name): string => reports.get(name) ?? '';

  it.each(Object.keys(GUIDE_EXAMPLES) as Name[])('accepts %s as it is published', async (name) => {
    const { code, stdout, stderr } = await runOnFile('check', GUIDE_EXAMPLES[name], {
      JWT_PUBLIC_KEY_URL: 'https://idp.example/realms/r/protocol/openid-connect/certs',
      OPENAI_API_KEY: 'x',
    });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('gatehouse: the configuration is accepted.');
    reports.set(name, stdout);
  });

  it('prints what the first guide’s forms are today', () => {
    const routes = reportOn('B1');
    expect(routes).toContain(`Today’s form of allowed_routes
  # allowed_routes held for callers without a team, too;`);
    expect(routes).toContain(`
      team_allowed_routes:
        - /chat/completions
        - /embeddings
`);
    expect(reportOn('B2')).toContain(`Today’s form of litellm_proxy_roles
  general_settings:
    enable_jwt_auth: true
    litellm_jwtauth:
      admin_jwt_scope: litellm-proxy-admin
`);
  });

  it('prints what the custom-JWT form is today', () => {
    const printed = reportOn('C1');
    expect(printed).toContain('Today’s form of custom_auth and jwt_settings');
    expect(printed).toContain(`
    issuers:
      - issuer: https://your-auth-provider.com
        jwks_url: https://your-auth-provider.com/.well-known/jwks.json
        audience:
          - litellm-proxy
        algorithms:
          - RS256
`);
  });

  it('notes a model that is named as the model-access guide names it', () => {
    expect(reportOn('D1')).toMatch(/model_list\[0\]\.model\b.*model_name/);
  });
});
