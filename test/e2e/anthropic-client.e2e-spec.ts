import Anthropic from '@anthropic-ai/sdk';
import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

/** The two headers in which this client may send its credential: `x-api-key` and `Authorization: Bearer`. */
const HEADERS = ['apiKey', 'authToken'] as const;

describe('the official anthropic client with a token as its credential', () => {
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

  const clientWith = async (
    header: (typeof HEADERS)[number],
    claims: Readonly<Record<string, unknown>> = {},
  ): Promise<Anthropic> => {
    const known = { email: 'alice@acme.example', team: 'research' };
    const credential = await issuer.sign({ ...known, ...claims });
    const none = { apiKey: null, authToken: null };
    return new Anthropic({ baseURL: gateway.url, maxRetries: 0, ...none, [header]: credential });
  };

  const failureOf = async (client: Anthropic, stream: boolean): Promise<unknown> => {
    const messages = [{ role: 'user' as const, content: 'hello' }];
    const call = client.messages.create({ model: 'test-model', max_tokens: 9, stream, messages });
    return call.then(
      () => null,
      (error: unknown) => error,
    );
  };

  it.each(HEADERS)('sees the models (%s)', async (header) => {
    const { data } = await (await clientWith(header)).models.list();
    expect(data.map(({ id }) => id)).toEqual(['test-model']);
  });

  it.each(HEADERS.flatMap((header) => [false, true].map((stream) => [header, stream] as const)))(
    'throws NotFoundError for its messages, which no route takes (%s, streamed: %p)',
    async (header, stream) => {
      const thrown = await failureOf(await clientWith(header), stream);
      expect(thrown).toBeInstanceOf(Anthropic.NotFoundError);
      expect(thrown).toMatchObject({
        status: 404,
        type: 'not_found_error',
        apiMessage: expect.stringContaining('POST /v1/messages is not a route') as string,
        error: { error: { reason: 'not_found' } },
      });
      expect(upstream.records).toEqual([]);
    },
  );

  it('throws APIError for a method that a known path does not take', async () => {
    const call = (await clientWith('authToken')).delete('/v1/models/test-model');
    const thrown: unknown = await call.then(
      () => null,
      (error: unknown) => error,
    );
    expect(thrown).toBeInstanceOf(Anthropic.APIError);
    expect(thrown).toMatchObject({
      status: 405,
      type: 'bad_request_error',
      error: { error: { reason: 'method_not_allowed' } },
    });
  });

  it.each([
    ['token_invalid', 'AuthenticationError', 'auth_error', { aud: 'other' }],
    ['issuer_unknown', 'AuthenticationError', 'auth_error', { iss: 'https://other.example' }],
    ['token_expired', 'AuthenticationError', 'expired_key', { exp: 1_700_000_000 }],
    ['team_unknown', 'PermissionDeniedError', 'auth_error', { team: 'nowhere' }],
  ] as const)('throws %s as %s', async (reason, kind, type, claims) => {
    for (const header of HEADERS) {
      const client = await clientWith(header, claims);
      const thrown: unknown = await client.models.list().then(
        () => null,
        (error: unknown) => error,
      );
      expect(thrown).toBeInstanceOf(Anthropic[kind]);
      expect(thrown).toMatchObject({ type, error: { error: { reason } } });
    }
  });

  it('throws AuthenticationError for a credential that is neither a key nor a token', async () => {
    const stranger = new Anthropic({ baseURL: gateway.url, apiKey: 'nonsense', maxRetries: 0 });
    await expect(stranger.models.list()).rejects.toBeInstanceOf(Anthropic.AuthenticationError);
  });
});
