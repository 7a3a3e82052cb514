import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { CLIENT, OpenIdProvider } from '#support/openid-provider';

describe('opaque tokens of a real OpenID provider', () => {
  let provider: OpenIdProvider;
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway | undefined;
  let token: string;

  const start = async (jwtauth: string, gatehouse: string, general = ''): Promise<void> => {
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      jwtauth: `
    user_id_jwt_field: sub
    user_id_upsert: true${jwtauth}
${general}`,
      gatehouse,
      env: { JWT_ISSUER: provider.issuer, JWT_AUDIENCE: '' },
    });
  };

  const clientOf = (credential: string | null): Client =>
    new Client(gateway?.url ?? '', credential);

  beforeAll(async () => {
    provider = await OpenIdProvider.start({ email: 'alice@acme.example' });
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    ({ access_token: token } = await provider.authorizationCode(null));
  });

  afterEach(async () => {
    await gateway?.stop();
    gateway = undefined;
  });

  afterAll(async () => {
    await provider.stop();
    await issuer.stop();
    await upstream.close();
  });

  it('open the models by UserInfo, create their user, and are billed to it', async () => {
    await start(
      `
    oidc_userinfo_enabled: true
    oidc_userinfo_endpoint: ${provider.issuer}/me`,
      '',
    );
    expect((await clientOf(token).chat()).status).toBe(200);
    const admin = Client.admin(gateway?.url ?? '');
    expect((await admin.get('/user/info?user_id=alice')).status).toBe(200);
    const refused = await clientOf(`${token}x`).chat();
    expect(refused.status).toBe(401);
    expect(refused.json.error.reason).toBe('token_invalid');
  });

  it('open the models by introspection, and no administration', async () => {
    await start(
      '',
      `
  introspection:
    endpoint: ${provider.issuer}/token/introspection
    client_id: ${CLIENT.id}
    client_secret: ${CLIENT.secret}`,
      '  enable_oauth2_auth: true',
    );
    expect((await clientOf(token).chat()).status).toBe(200);
    const refused = await clientOf(token).post('/team/new', { team_id: 'mine' });
    expect(refused.status).toBe(401);
    expect(refused.json.error.reason).toBe('credential_malformed');
  });

  it('are 503 while the provider is down, and its challenge is not a refusal of the token', async () => {
    await start(
      `
    oidc_userinfo_enabled: true
    oidc_userinfo_endpoint: http://127.0.0.1:9/me`,
      '',
    );
    const response = await clientOf(token).chat();
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(response.headers.get('www-authenticate')).toBeNull();
    expect(response.json.error.reason).toBe('auth_provider_unavailable');
  });

  it('are malformed credentials where no way to ask is configured', async () => {
    await start('', '');
    const response = await clientOf(token).chat();
    expect(response.status).toBe(401);
    expect(response.json.error.reason).toBe('credential_malformed');
  });
});
