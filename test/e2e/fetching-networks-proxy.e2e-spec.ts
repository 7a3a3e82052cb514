import { Client } from '#support/client';
import { startFakeProxy, type FakeProxy } from '#support/fake-proxy';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { KeyServer } from '#support/key-server';

/** Hosts that this machine cannot resolve: only the proxy knows them. */
const MODELS = `
  - model_name: test-model
    litellm_params: { model: openai/m, api_base: "http://llm.example/v1", api_key: k, input_cost_per_token: 0.001,
      output_cost_per_token: 0.001 }
  - model_name: past-the-proxy
    litellm_params: { model: openai/m, api_base: "http://direct.invalid/v1", api_key: k }`;

describe('a network with a proxy', () => {
  let issuer: TestIssuer;
  let asked: KeyServer;
  let upstream: FakeUpstream;
  let proxy: FakeProxy;
  let gateway: TestGateway | undefined;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    asked = await KeyServer.start();
    upstream = await startFakeUpstream();
    proxy = await startFakeProxy({
      'keys.example': Number(new URL(issuer.jwksUrl).port),
      'asked.example': Number(new URL(asked.origin).port),
      'llm.example': upstream.port,
    });
  });

  afterEach(async () => {
    await gateway?.stop();
    gateway = undefined;
  });

  afterAll(async () => {
    await proxy.stop();
    await upstream.close();
    await asked.stop();
    await issuer.stop();
  });

  const start = async (
    env: Record<string, string>,
    jwtauth = '',
    gatehouse = '',
  ): Promise<TestGateway> => {
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      models: MODELS,
      jwtauth: `
    user_id_jwt_field: sub
    user_id_upsert: true${jwtauth}`,
      gatehouse: `  jwt: { jwks: { allow_http: true } }\n${gatehouse}`,
      env: { JWT_PUBLIC_KEY_URL: 'http://keys.example/jwks', ...env },
    });
    return gateway;
  };
  const targets = (): string[] => proxy.requests.map(({ target }) => target);

  it('is used for keys, for responses and for streams of models, except past NO_PROXY', async () => {
    const { url } = await start({ http_proxy: proxy.url, NO_PROXY: '.invalid' });
    const client = new Client(url, await issuer.sign({ email: 'alice@acme.example' }));
    expect((await client.chat()).status).toBe(200);
    const streamed = await client.post('/v1/chat/completions', {
      model: 'test-model',
      stream: true,
      messages: [{ role: 'user', content: 'hello' }],
    });
    expect(streamed.status).toBe(200);
    expect(targets()).toEqual(
      expect.arrayContaining([
        'http://keys.example/jwks',
        'http://llm.example/v1/chat/completions',
      ]),
    );
    const direct = await client.chat('hello', { model: 'past-the-proxy' });
    expect(direct.status).toBe(502);
    expect(targets().join()).not.toContain('direct.invalid');
  });

  it('is used for discovery, UserInfo and introspection', async () => {
    const { url } = await start(
      {
        HTTP_PROXY: proxy.url,
        JWT_PUBLIC_KEY_URL: 'http://asked.example/.well-known/openid-configuration',
      },
      `
    oidc_userinfo_enabled: true
    oidc_userinfo_endpoint: http://asked.example/userinfo`,
    );
    await new Client(url, await issuer.sign({ email: 'alice@acme.example' })).chat();
    await new Client(url, 'an-opaque-token-of-some-length').chat();
    expect(targets()).toContain('http://asked.example/.well-known/openid-configuration');
    expect(targets()).toContain('http://asked.example/userinfo');
  });
});
