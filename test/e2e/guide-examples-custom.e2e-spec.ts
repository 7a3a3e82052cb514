import { Clock } from '#libs/common';
import { Client } from '#support/client';
import { CUSTOM_ISSUER, CustomJwtProvider, inSeconds } from '#support/custom-jwt-provider';
import { eventually } from '#support/eventually';
import type { KeyServer } from '#support/key-server';
import { answering } from '#support/opaque-harness';
import type { TestGateway } from '#support/gateway';
import { aSigningKey } from '#support/signing';

jest.setTimeout(120_000);

/**
 * The configuration of the custom-JWT guide (C1), as printed: the admitted tokens and their users.
 */
describe('the custom-JWT guide', () => {
  let provider: CustomJwtProvider;
  let gateway: TestGateway;
  let admin: Client;

  beforeAll(async () => {
    provider = await CustomJwtProvider.start();
    gateway = await provider.gateway();
    admin = Client.admin(gateway.url);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  const withToken = (token: string): Client => new Client(gateway.url, token);
  const chat = (token: string) => withToken(token).chat('hello', { model: 'gpt-4' });
  const result = async (token: string): Promise<string> => {
    const { status, json } = await chat(token);
    return status === 200 ? '200' : `${String(status)} ${json.error.reason}`;
  };

  it('maps the claims of a token to user, email, role and team, and creates user and team', async () => {
    const response = await chat(provider.token());
    expect(response.status).toBe(200);
    const id = response.headers.get('x-request-id') ?? '';
    await eventually(async () => {
      const { json } = await admin.get<object[]>(`/spend/logs?request_id=${id}`);
      expect(json).toMatchObject([{ user: 'user123', team_id: 'engineering' }]);
    });
    const { json } = await admin.get('/user/info?user_id=user123');
    expect(json.user_info).toMatchObject({ user_email: 'user@example.com' });
    const made = await withToken(provider.token()).post('/team/new', { team_id: 'another' });
    expect(made.status).toBe(200);
  });

  it.each<[string, string, Readonly<Record<string, unknown>>]>([
    ['C6 as printed', '401 token_expired', { iat: 1701234567, exp: 1701238167 }],
    ['of another issuer', '401 issuer_unknown', { iss: 'https://other.example' }],
    ['of the issuer with a slash', '401 issuer_unknown', { iss: `${CUSTOM_ISSUER}/` }],
    ['without an issuer', '401 issuer_unknown', { iss: undefined }],
    ['for another audience', '401 token_invalid', { aud: 'other' }],
    ['without an audience', '401 token_invalid', { aud: undefined }],
    ['without exp', '401 token_invalid', { exp: undefined }],
    ['without sub', '401 token_invalid', { sub: undefined }],
    ['for several audiences', '200', { aud: ['account', 'litellm-proxy'] }],
    ['without a team', '200', { team: undefined, sub: 'teamless' }],
  ])('answers a token %s with %s', async (_what, expected, claims) => {
    expect(await result(provider.token(claims))).toBe(expected);
  });

  it('allows clocks 30 seconds', async () => {
    expect(await result(provider.token({ exp: inSeconds(-20) }))).toBe('200');
    expect(await result(provider.token({ exp: inSeconds(-40) }))).toBe('401 token_expired');
    expect(await result(provider.token({ nbf: inSeconds(20) }))).toBe('200');
    expect(await result(provider.token({ nbf: inSeconds(60) }))).toBe('401 token_invalid');
  });

  it('answers malformed and forged tokens with 401', async () => {
    const [head = '', body = '', signature = ''] = provider.token().split('.');
    const { key } = provider;
    const tokens = {
      'no parts': 'opaque',
      'two parts': `${head}.${body}`,
      'four parts': `${head}.${body}.${signature}.${signature}`,
      'no signature': `${head}.${body}.`,
      'another body': `${head}.${Buffer.from('{}').toString('base64url')}.${signature}`,
      'no kid': provider.token({}, { kid: undefined }),
      'unknown kid': provider.token({}, { kid: 'unknown' }),
      'a foreign key': provider.token({}, { kid: key.kid }, aSigningKey('RS256')),
      'another algorithm': provider.token({}, {}, { ...key, alg: 'RS512' }),
    };
    for (const [what, token] of Object.entries(tokens)) {
      expect([what, (await chat(token)).status]).toEqual([what, 401]);
    }
  });

  it.each([
    ['admin', 'proxy_admin'],
    ['proxy_admin', 'proxy_admin'],
    ['Admin', 'proxy_admin'],
    ['user', 'internal_user'],
    ['internal_user', 'internal_user'],
    ['viewer', 'internal_user_viewer'],
    ['internal_user_viewer', 'internal_user_viewer'],
    ['team', 'team'],
    ['customer', 'customer'],
    ['intern', 'internal_user'],
    ['', 'internal_user'],
    [undefined, 'internal_user'],
  ])('takes the role %p for %s', async (role, meaning) => {
    const claims = { role, sub: `the ${String(role)}` };
    const token = provider.token(claims);
    const { json } = await admin.post('/auth/explain', { token, model: 'gpt-4' });
    expect(json).toMatchObject({ principal: { role: meaning, team_id: 'engineering' } });
    expect((await chat(token)).status).toBe(200);
    const isAdmin = meaning === 'proxy_admin';
    const made = await withToken(token).post('/user/new', { auto_create_key: false });
    expect(made.status).toBe(isAdmin ? 200 : 403);
    // Callers of a team have the routes of teams, which are those of models.
    const teamless = withToken(provider.token({ ...claims, team: undefined }));
    const generated = await teamless.post('/key/generate');
    expect(generated.status).toBe(isAdmin || meaning === 'internal_user' ? 200 : 403);
  });

  it('keeps keys for an hour', async () => {
    const token = provider.token({ exp: inSeconds(20_000) });
    expect(await result(token)).toBe('200');
    const clock = gateway.gateway.app.get(Clock);
    const now = clock.nowMs.bind(clock);
    const before = provider.server.fetches;
    jest.spyOn(clock, 'nowMs').mockImplementation(() => now() + 3_500_000);
    expect(await result(token)).toBe('200');
    expect(provider.server.fetches).toBe(before);
    jest.spyOn(clock, 'nowMs').mockImplementation(() => now() + 3_700_000);
    expect(await result(token)).toBe('200');
    await eventually(() => {
      expect(provider.server.fetches).toBe(before + 1);
    });
  });

  it('C7: books keys and tokens to one user, who goes on when the key is switched off', async () => {
    await admin.post('/user/new', { user_id: 'mover', auto_create_key: false });
    const made = await admin.post<{ key: string }>('/key/generate', { user_id: 'mover' });
    const spend = async (): Promise<number> =>
      (await admin.get('/user/info?user_id=mover')).json.user_info.spend;
    expect(await result(made.json.key)).toBe('200');
    const ofKey = await eventually(async () => {
      expect(await spend()).toBeGreaterThan(0);
      return spend();
    });
    const token = provider.token({ sub: 'mover', role: 'user', team: undefined });
    expect(await result(token)).toBe('200');
    await eventually(async () => {
      expect(await spend()).toBeCloseTo(2 * ofKey, 12);
    });
    expect((await admin.post('/key/block', { key: made.json.key })).status).toBe(200);
    expect(await result(made.json.key)).toBe('401 key_blocked');
    expect(await result(token)).toBe('200');
  });
});

describe('the custom-JWT guide without keys', () => {
  it.each<[string, (server: KeyServer) => void | Promise<void>]>([
    ['cannot be reached', (server) => server.stop()],
    ['answers 500', (server) => void (server.behaviour = answering({ keys: [] }, 500))],
    ['answers 404', (server) => void (server.behaviour = answering({}, 404))],
  ])('is 503 while the provider %s', async (_what, fail) => {
    const provider = await CustomJwtProvider.start();
    await fail(provider.server);
    const gateway = await provider.gateway();
    const client = new Client(gateway.url, provider.token());
    const refused = await client.chat('hello', { model: 'gpt-4' });
    expect([refused.status, refused.json.error.reason]).toEqual([503, 'auth_provider_unavailable']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await gateway.stop();
    await provider.stop();
  });
});
