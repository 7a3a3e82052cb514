import OpenAI from 'openai';
import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

const REFUSED_KEY = '{"error":{"message":"Incorrect API key provided: upstream-secret"}}';
const GEMINI_KEY =
  '[{"error":{"code":400,"message":"upstream-secret","details":[{"reason":"API_KEY_INVALID"}]}}]';
const FLAGGED = '{"error":{"code":403,"message":"flagged","metadata":{"reasons":["violence"]}}}';

describe('usage, prices and streams', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({ issuer, upstreamUrl: upstream.url });
    await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const client = async (token?: string): Promise<OpenAI> =>
    new OpenAI({
      baseURL: `${gateway.url}/v1`,
      apiKey: token ?? (await issuer.sign({ email: 'alice@acme.example', team: 'research' })),
      maxRetries: 0,
    });

  const failureOf = async (openai: OpenAI, stream = false): Promise<unknown> => {
    const call = openai.chat.completions.create({
      model: 'test-model',
      stream,
      messages: [{ role: 'user', content: 'hello' }],
    });
    return call.then(
      () => null,
      (error: unknown) => error,
    );
  };

  describe('a refusal of the gateway’s own credential', () => {
    it.each([
      ['401', { status: 401, body: REFUSED_KEY }, false],
      ['401 to a stream', { status: 401, body: REFUSED_KEY }, true],
      ['403', { status: 403, body: REFUSED_KEY }, false],
      ['402 about the account', { status: 402, body: REFUSED_KEY }, false],
      ['407 of a proxy', { status: 407, body: REFUSED_KEY }, true],
      ['400 of Gemini', { status: 400, body: GEMINI_KEY }, false],
      ['400 of Gemini to a stream', { status: 400, body: GEMINI_KEY }, true],
      ['401 without a body', { status: 401, body: '' }, false],
      [
        '401 of an unknown content coding',
        { status: 401, body: REFUSED_KEY, headers: { 'content-encoding': 'unknown' } },
        false,
      ],
    ])('(%s) is 502 and says nothing of the upstream', async (_what, behaviour, stream) => {
      upstream.enqueue(behaviour);
      const error = await failureOf(await client(), stream);
      expect(error).toBeInstanceOf(OpenAI.InternalServerError);
      expect(error).toMatchObject({
        status: 502,
        error: { reason: 'upstream_credential_rejected', type: 'upstream_error' },
      });
      expect(JSON.stringify(error)).not.toMatch(/Incorrect|upstream-secret/);
    });

    it.each([
      ['OpenRouter', FLAGGED],
      ['xAI', '{"code":"forbidden","error":"Content violates usage guidelines. Team: t"}'],
      [
        'Azure API Management',
        '{"statusCode":403,"message":"Request failed content safety check."}',
      ],
      ['a content filter', '{"error":{"code":"content_filter","message":"filtered"}}'],
    ])(
      'is distinguished from a refusal of the content, which keeps status and body (%s)',
      async (_vendor, body) => {
        upstream.enqueue({ status: 403, body });
        const token = await issuer.sign({ email: 'alice@acme.example', team: 'research' });
        const response = await new Client(gateway.url, token).chat('hello');
        expect(response).toMatchObject({ status: 403, text: body });
        upstream.enqueue({ status: 403, body });
        expect(await failureOf(await client())).toBeInstanceOf(OpenAI.PermissionDeniedError);
      },
    );
  });

  it.each([
    ['another audience', { aud: 'other' }],
    ['another issuer', { iss: 'https://other.example' }],
    ['no expiry', { exp: undefined }],
  ])('a token with %s is refused in words that name no other error', async (_what, claims) => {
    const token = await issuer.sign({ email: 'alice@acme.example', team: 'research', ...claims });
    const error = await failureOf(await client(token));
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(error).toMatchObject({ error: { message: 'The access token is not accepted.' } });
  });
});
