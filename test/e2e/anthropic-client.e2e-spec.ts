import Anthropic from '@anthropic-ai/sdk';
import { ANTHROPIC_MESSAGE } from '#support/anthropic-messages';
import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { ANTHROPIC_KEY, startFakeAnthropic, type FakeAnthropic } from '#support/fake-anthropic';
import { startGateway, type TestGateway } from '#support/gateway';
import { AUDIENCE, TestIssuer } from '#support/issuer';
import { OpenIdProvider, RESOURCE } from '#support/openid-provider';

/** The two headers in which this client may send its credential: `x-api-key` and `Authorization: Bearer`. */
const HEADERS = ['apiKey', 'authToken'] as const;
const HELLO = {
  model: 'claude',
  max_tokens: 100,
  messages: [{ role: 'user' as const, content: 'hello' }],
};
const TOOLS = [{ name: 'Bash', input_schema: { type: 'object' as const } }];

describe('the official anthropic client with a token as its credential', () => {
  let provider: OpenIdProvider;
  let issuer: TestIssuer;
  let upstream: FakeAnthropic;
  let gateway: TestGateway;
  let person: string;

  beforeAll(async () => {
    provider = await OpenIdProvider.start({ email: 'alice@acme.example', team: 'research' });
    issuer = await TestIssuer.start();
    upstream = await startFakeAnthropic();
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      models: `
  - model_name: claude
    litellm_params: { model: anthropic/claude-real, api_base: "${upstream.url}", api_key: ${ANTHROPIC_KEY},
      input_cost_per_token: 0.000003, output_cost_per_token: 0.000015 }
  - model_name: gpt
    litellm_params: { model: openai/gpt, api_base: "${upstream.url}/v1", api_key: k }`,
      jwtauth: `
    user_id_jwt_field: sub
    user_email_jwt_field: email
    team_id_jwt_field: team
    user_id_upsert: true
    issuers:
      - issuer: ${provider.issuer}
        audience: ${RESOURCE}
      - issuer: ${issuer.issuer}
        jwks_url: ${issuer.jwksUrl}
        audience: ${AUDIENCE}`,
      gatehouse: '\n  spend: { client_abort: cancel }',
      env: { JWT_PUBLIC_KEY_URL: '', JWT_ISSUER: '', JWT_AUDIENCE: '' },
    });
    await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
    person = (await provider.authorizationCode()).access_token;
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await provider.stop();
    await issuer.stop();
  });

  const clientOf = (header: (typeof HEADERS)[number], credential: string): Anthropic => {
    const none = { apiKey: null, authToken: null };
    return new Anthropic({ baseURL: gateway.url, maxRetries: 0, ...none, [header]: credential });
  };
  const clientWith = async (
    header: (typeof HEADERS)[number],
    claims: Readonly<Record<string, unknown>> = {},
  ): Promise<Anthropic> => {
    const known = { sub: 'carol', email: 'carol@acme.example', team: 'research' };
    return clientOf(header, await issuer.sign({ ...known, ...claims }));
  };
  const thrownBy = (call: PromiseLike<unknown>): Promise<unknown> =>
    Promise.resolve(call).then(
      () => null,
      (error: unknown) => error,
    );

  it.each(HEADERS)('sees the models (%s)', async (header) => {
    const { data } = await (await clientWith(header)).models.list();
    expect(data.map(({ id }) => id)).toEqual(['claude', 'gpt']);
  });

  it.each(HEADERS)('gets a message of a real provider’s token (%s)', async (header) => {
    const message = await clientOf(header, person).messages.create(HELLO);
    expect(message).toMatchObject({ ...ANTHROPIC_MESSAGE, model: 'claude-real' });
    const { headers } = upstream.records.at(-1) ?? {};
    expect(headers).toMatchObject({ 'x-api-key': ANTHROPIC_KEY, 'user-agent': 'gatehouse' });
    expect(JSON.stringify(headers)).not.toContain(person);
  });

  it('gets a stream to its end, with the usage of its start and its end', async () => {
    const stream = clientOf('authToken', person).messages.stream(HELLO);
    const texts: string[] = [];
    stream.on('text', (text) => texts.push(text));
    const message = await stream.finalMessage();
    expect(texts.join('')).toBe('Hello there, "friend".');
    expect(message.usage).toMatchObject({ cache_read_input_tokens: 40, output_tokens: 15 });
  });

  it('throws the gateway’s error in the midst of a stream', async () => {
    upstream.enqueue({ cutAfter: 3 });
    const stream = clientOf('authToken', person).messages.stream(HELLO);
    const thrown = await thrownBy(stream.finalMessage());
    // An error status would have come before the stream.
    expect(thrown).toMatchObject({
      status: undefined,
      error: { type: 'error', error: { reason: 'upstream_invalid' } },
    });
  });

  it('gets a stream with the call of a tool', async () => {
    const stream = clientOf('authToken', person).beta.messages.stream({
      ...HELLO,
      tools: TOOLS,
      betas: ['context-1m-2025-08-07'],
    });
    const message = await stream.finalMessage();
    expect(message.stop_reason).toBe('tool_use');
    expect(message.content).toMatchObject([
      { type: 'tool_use', name: 'Bash', input: { command: 'ls' } },
    ]);
    expect(upstream.records.at(-1)?.headers).toMatchObject({
      'anthropic-beta': 'context-1m-2025-08-07',
      'anthropic-version': '2026-10-21',
    });
  });

  it('may abort a stream', async () => {
    upstream.enqueue({ hangAfter: 5 });
    const before = upstream.records.length;
    const stream = clientOf('authToken', person).messages.stream(HELLO);
    stream.on('text', () => {
      stream.abort();
    });
    expect(await thrownBy(stream.finalMessage())).toBeInstanceOf(Anthropic.APIUserAbortError);
    await eventually(() => expect(upstream.records[before]?.isAborted).toBe(true));
  });

  it('counts tokens', async () => {
    const { model, messages } = HELLO;
    const client = clientOf('authToken', person);
    expect(await client.messages.countTokens({ model, messages })).toEqual({ input_tokens: 2_095 });
  });

  it('throws for a model that its route does not serve, in Anthropic’s form', async () => {
    const call = clientOf('authToken', person).messages.create({ ...HELLO, model: 'gpt' });
    const thrown = await thrownBy(call);
    expect(thrown).toBeInstanceOf(Anthropic.BadRequestError);
    expect(thrown).toMatchObject({
      type: 'invalid_request_error',
      error: { error: { reason: 'operation_unsupported' } },
    });
  });

  it.each(HEADERS)(
    'throws BadRequestError for another method of its routes (%s)',
    async (header) => {
      const thrown = await thrownBy((await clientWith(header)).get('/v1/messages'));
      expect(thrown).toBeInstanceOf(Anthropic.APIError);
      expect(thrown).toMatchObject({ status: 405, type: 'invalid_request_error' });
    },
  );

  it.each([
    ['token_invalid', 'AuthenticationError', 'authentication_error', { aud: 'other' }],
    [
      'issuer_unknown',
      'AuthenticationError',
      'authentication_error',
      { iss: 'https://other.example' },
    ],
    ['token_expired', 'AuthenticationError', 'authentication_error', { exp: 1_700_000_000 }],
    ['team_unknown', 'PermissionDeniedError', 'permission_error', { team: 'nowhere' }],
  ] as const)('throws %s as %s', async (reason, kind, type, claims) => {
    const before = upstream.records.length;
    for (const header of HEADERS) {
      const client = await clientWith(header, claims);
      for (const stream of [false, true]) {
        const thrown = await thrownBy(client.messages.create({ ...HELLO, stream }));
        expect(thrown).toBeInstanceOf(Anthropic[kind]);
        expect(thrown).toMatchObject({ type, error: { type: 'error', error: { reason } } });
      }
    }
    expect(upstream.records).toHaveLength(before);
  });

  it('throws AuthenticationError for a credential that is neither a key nor a token', async () => {
    const thrown = await thrownBy(clientOf('apiKey', 'nonsense').messages.create(HELLO));
    expect(thrown).toBeInstanceOf(Anthropic.AuthenticationError);
    expect(thrown).toMatchObject({
      type: 'authentication_error',
      requestID: expect.stringMatching(/^req_/) as string,
      error: {
        error: { reason: 'credential_malformed' },
        request_id: expect.any(String) as string,
      },
    });
  });

  it('throws the error of the upstream as it is', async () => {
    const error = { type: 'request_too_large', message: 'Request exceeds the maximum size' };
    upstream.enqueue({ status: 413, body: { type: 'error', error, request_id: 'req_upstream' } });
    const thrown = await thrownBy(clientOf('authToken', person).messages.create(HELLO));
    expect(thrown).toMatchObject({ status: 413, type: 'request_too_large' });
  });

  it('does not notice that the upstream was overloaded once', async () => {
    const error = { type: 'overloaded_error', message: 'Overloaded' };
    upstream.enqueue({ status: 529, body: { type: 'error', error, request_id: 'req_upstream' } });
    const message = await clientOf('authToken', person).messages.create(HELLO);
    expect(message.stop_reason).toBe('end_turn');
  });

  it('counts tokens with an exhausted budget, which refuses its messages', async () => {
    const admin = Client.admin(gateway.url);
    await admin.post('/team/new', { team_id: 'poor', max_budget: 0 });
    const client = await clientWith('authToken', { team: 'poor' });
    const thrown = await thrownBy(client.messages.create(HELLO));
    expect(thrown).toMatchObject({
      type: 'billing_error',
      error: { error: { reason: 'budget_exceeded' } },
    });
    const { model, messages } = HELLO;
    expect(await client.messages.countTokens({ model, messages })).toEqual({ input_tokens: 2_095 });
  });
});
