import { DecisionTrace, requestedRoute } from '#libs/access';
import type { AccessSettings, RoutingOverride } from '#libs/config';
import { anIssuer, claimFields } from '#support/jwt-settings';
import { introspectionAt, OpaqueHarness, type OpaqueSetting } from '#support/opaque-harness';
import { CLIENT, OpenIdProvider } from '#support/openid-provider';
import { IntrospectionResolver } from './introspection.resolver.js';
import { introspectionFields } from './introspection-response.js';

const AS_BEARER = { clientId: null, clientSecret: null } as const;
const MACHINES = 'https://machines.example';
const OVERRIDES: RoutingOverride[] = [{ iss: [MACHINES], clientId: null, scope: null, aud: null }];

type Over = Partial<NonNullable<AccessSettings['introspection']>>;

let harness: OpaqueHarness;

const start = async (over: Over = {}, jwt: OpaqueSetting['jwt'] = {}): Promise<void> => {
  harness = await OpaqueHarness.start((origin) => ({
    ...introspectionAt(`${origin}/introspect`, over),
    jwt,
  }));
};

const result = (token?: string) => harness.result(IntrospectionResolver, token);

const aToken = (claims: object): string =>
  ['{"alg":"HS256"}', JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');

afterEach(async () => {
  await harness.stop();
});

describe('introspection with credentials of the gateway (RFC 7662)', () => {
  it('sends the token in the body and our credentials as RFC 6749 section 2.3.1 encodes them', async () => {
    await start({ clientId: 'gate house', clientSecret: 'a:b%' });
    const seen: unknown[] = [];
    harness.server.behaviour = (request, response) => {
      void request.toArray().then((chunks: Buffer[]) => {
        const { authorization = '' } = request.headers;
        const pair = Buffer.from(authorization.slice('Basic '.length), 'base64').toString();
        seen.push(request.method, pair, Buffer.concat(chunks).toString());
        response.end('{"active":true,"sub":"alice"}');
      });
    };
    expect(await result('a+b/c=')).toBe('alice');
    expect(seen).toEqual([
      'POST',
      'gate+house:a%3Ab%25',
      'token=a%2Bb%2Fc%3D&token_type_hint=access_token',
    ]);
  });

  it.each([
    [{ active: true, sub: 'alice' }, 'alice'],
    [{ active: false, sub: 'alice' }, 'token_invalid'],
    [{ sub: 'alice' }, 'auth_provider_unavailable'],
    [{ active: 'true', sub: 'alice' }, 'auth_provider_unavailable'],
    [{ active: 1, sub: 'alice' }, 'auth_provider_unavailable'],
    [{ active: true, client_id: 'robot' }, 'no subject'],
    [{ active: true }, 'token_invalid'],
    [{ active: true, scope: 'models', username: 'alice' }, 'token_invalid'],
    [{ active: true, sub: '' }, 'token_invalid'],
    [{ active: true, sub: null, client_id: 7 }, 'token_invalid'],
    [{ active: true, sub: 'alice', token_type: 'Bearer', typ: 'Bearer' }, 'alice'],
    [{ active: true, sub: 'alice', cnf: { jkt: 'x' } }, 'token_invalid'],
    [{ active: true, sub: 'alice', cnf: { 'x5t#S256': 'x' } }, 'token_invalid'],
    [{ active: true, sub: 'alice', token_type: 'DPoP' }, 'token_invalid'],
    [{ active: true, sub: 'alice', token_type: 'Refresh' }, 'token_invalid'],
    [{ active: true, sub: 'alice', typ: 'ID' }, 'token_invalid'],
  ])('takes %j for %s', async (answer, expected) => {
    await start();
    harness.answer(answer);
    if (expected !== 'no subject') expect(await result()).toBe(expected);
    else
      expect(await harness.principal(IntrospectionResolver)).toMatchObject({
        clientIds: ['robot'],
      });
  });

  it('accepts the user name for an identity where it is the user id', async () => {
    await start({ userIdField: 'username' });
    harness.answer({ active: true, username: 'alice' });
    const principal = await harness.principal(IntrospectionResolver);
    expect(principal).toMatchObject({ userId: 'alice' });
  });

  it.each([400, 401, 403])(
    'takes status %i for a fault of ours, not of the caller',
    async (status) => {
      await start();
      harness.answer({ error: 'invalid_client' }, status);
      expect(await result()).toBe('auth_provider_unavailable');
    },
  );

  it('asks about a refused token again after seconds', async () => {
    await start();
    harness.answer({ active: false });
    await result();
    harness.answer({ active: true, sub: 'alice' });
    expect(await result()).toBe('token_invalid');
    harness.harness.clock.advance(6);
    expect(await result()).toBe('alice');
  });
});

describe('introspection without credentials, as LiteLLM asks', () => {
  it('sends the token as bearer', async () => {
    await start(AS_BEARER);
    harness.server.behaviour = ({ method, headers }, response) => {
      response.end(JSON.stringify({ sub: `${String(method)} ${String(headers.authorization)}` }));
    };
    expect(await result('abc')).toBe('GET Bearer abc');
  });

  it.each([
    [{ sub: 'alice' }, 200, 'alice'],
    [{ sub: 'alice', active: false }, 200, 'token_invalid'],
    [{ sub: 'alice', active: 'yes' }, 200, 'auth_provider_unavailable'],
    [{ error: 'invalid_token' }, 200, 'token_invalid'],
    [{}, 200, 'token_invalid'],
    [{ error: 'invalid_token' }, 401, 'token_invalid'],
    [{ error: 'down' }, 503, 'auth_provider_unavailable'],
  ])('takes %j with status %i for %s', async (answer, status, expected) => {
    await start(AS_BEARER);
    harness.answer(answer, status);
    expect(await result()).toBe(expected);
  });
});

describe('what the endpoint tells', () => {
  it('is mapped by the names of the OAUTH variables over the fields of tokens', () => {
    const settings = { userIdField: 'user.id', userRoleField: 'role', teamIdField: 'team' };
    const fields = introspectionFields(
      { ...AS_BEARER, ...settings, endpoint: '', isForOpaqueTokens: true, cacheSeconds: 0 },
      claimFields(),
    );
    expect(fields).toMatchObject({
      userId: { paths: ['user\\.id', 'user.id'] },
      userRole: { paths: ['role'] },
      teamId: { paths: ['team'] },
      isTeamSoft: false,
      scope: { paths: ['scope'] },
    });
  });

  it.each([
    ['exp', -1, 'token_expired'],
    ['nbf', 60, 'token_invalid'],
    ['iat', 60, 'token_invalid'],
  ])('holds for its time: %s %i seconds from now is %s', async (name, seconds, expected) => {
    await start();
    harness.answer({ active: true, sub: 'alice', [name]: harness.harness.clock.seconds + seconds });
    expect(await result()).toBe(expected);
  });

  it('names the audience where one is configured (threat C10)', async () => {
    const audience = { values: ['gatehouse'], patterns: [], domains: [] };
    await start({}, { issuers: [anIssuer({ audience })] });
    for (const [aud, expected] of [
      ['gatehouse', 'alice'],
      [['x', 'gatehouse'], 'alice'],
      ['other', 'token_invalid'],
      [undefined, 'token_invalid'],
    ] as const) {
      harness.answer({ active: true, sub: 'alice', aud });
      expect(await result(`token for ${String(aud)}`)).toBe(expected);
    }
  });
});

describe('which tokens are introspected', () => {
  it('opaque ones, encrypted ones included, and no signed ones', async () => {
    await start();
    harness.answer({ active: true, sub: 'alice' });
    expect(await result('opaque')).toBe('alice');
    expect(await result('a..b.c.d')).toBe('alice');
    expect(await result(aToken({ iss: MACHINES }))).toBe('no subject');
  });

  it('every one where signed tokens are not accepted', async () => {
    await start({}, { enabled: false });
    harness.answer({ active: true, sub: 'alice' });
    expect(await result(aToken({ iss: MACHINES }))).toBe('alice');
  });

  it('signed ones that an override selects, also while opaque ones are not', async () => {
    await start({ isForOpaqueTokens: false }, { routingOverrides: OVERRIDES });
    harness.answer({ active: true, sub: 'robot', iss: MACHINES });
    const trace = new DecisionTrace('dec_test');
    const token = aToken({ iss: MACHINES });
    expect(await harness.principal(IntrospectionResolver, token, { trace })).toMatchObject({
      kind: 'introspection',
      issuer: MACHINES,
    });
    expect(trace.steps[0]).toMatchObject({
      detail: 'the introspection endpoint says active',
      config_key: 'general_settings.litellm_jwtauth.routing_overrides[0]',
    });
    expect(await result(aToken({ iss: 'https://people.example' }))).toBe('no subject');
    expect(await result('opaque')).toBe('no subject');
  });

  it('none elsewhere than on routes of models and info, where they go their usual way', async () => {
    await start();
    for (const [method, path] of [
      ['POST', '/team/new'],
      ['GET', '/spend/logs'],
    ] as const) {
      const route = requestedRoute(method, path);
      expect(await harness.principal(IntrospectionResolver, 'opaque', { route })).toBeNull();
    }
    harness.answer({ active: true, sub: 'alice' });
    const route = requestedRoute('GET', '/team/info');
    expect(await harness.principal(IntrospectionResolver, 'opaque', { route })).not.toBeNull();
    expect(harness.server.fetches).toBe(1);
  });
});

describe('a selected token', () => {
  it('gets no identity from its own, unproven claims', async () => {
    await start({}, { routingOverrides: OVERRIDES });
    harness.answer({ active: true, sub: 'robot' });
    const token = aToken({ iss: MACHINES, sub: 'root', email: 'root@acme.example' });
    const principal = await harness.principal(IntrospectionResolver, token);
    expect(principal).toMatchObject({ subject: 'robot', email: null });
    expect(principal?.issuer).not.toBe(MACHINES);
  });

  it('is refused when the endpoint speaks of another issuer', async () => {
    await start({}, { routingOverrides: OVERRIDES });
    harness.answer({ active: true, sub: 'robot', iss: 'https://other.example' });
    expect(await result(aToken({ iss: MACHINES }))).toBe('token_invalid');
  });

  it('is refused unasked once it has expired', async () => {
    await start({}, { routingOverrides: OVERRIDES });
    const exp = harness.harness.clock.seconds - 1;
    expect(await result(aToken({ iss: MACHINES, exp }))).toBe('token_expired');
    expect(harness.server.fetches).toBe(0);
  });

  it('is refused without an endpoint, and never tried as a token (threat C11)', async () => {
    harness = await OpaqueHarness.start(() => ({
      jwt: { routingOverrides: OVERRIDES },
    }));
    expect(await result(aToken({ iss: MACHINES }))).toBe('token_invalid');
  });
});

it('a real authorization server is asked with our credentials', async () => {
  const provider = await OpenIdProvider.start();
  const settings = { clientId: CLIENT.id, clientSecret: CLIENT.secret };
  harness = await OpaqueHarness.start(() => ({
    ...introspectionAt(`${provider.issuer}/token/introspection`, settings),
    jwt: { issuers: [anIssuer({ issuer: provider.issuer })] },
  }));
  const { access_token: token } = await provider.authorizationCode(null);
  // The server's clock runs on while the harness's stands still, and a token is never of the future.
  harness.harness.clock.advance(5);
  expect(await harness.principal(IntrospectionResolver, token)).toMatchObject({
    kind: 'introspection',
    subject: 'alice',
    userId: 'alice',
    issuer: provider.issuer,
    clientIds: [CLIENT.id],
    scopes: ['openid', 'email', 'api:chat'],
  });
  expect(await result(`${token}x`)).toBe('token_invalid');
  await provider.stop();
});
