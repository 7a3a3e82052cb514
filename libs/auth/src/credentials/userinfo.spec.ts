import type { RequestListener } from 'node:http';
import { DecisionTrace } from '#libs/access';
import { aClaim, anIssuer, jwtSettings, withClaims } from '#support/jwt-settings';
import { answering, OpaqueHarness, type OpaqueSetting } from '#support/opaque-harness';
import { OpenIdProvider } from '#support/openid-provider';
import { Authenticator } from './authenticator.js';
import { UserInfoResolver } from './userinfo.resolver.js';

const withUserInfo =
  (cacheSeconds = 300) =>
  (origin: string): OpaqueSetting => ({
    access: { userInfo: { endpoint: `${origin}/userinfo`, cacheSeconds } },
  });

/** Knows each token's bearer by what stands behind its last dash. */
const knowing: RequestListener = (request, response) => {
  answering({ sub: request.headers.authorization?.split('-').at(-1) })(request, response);
};

let harness: OpaqueHarness;

const start = async (setting = withUserInfo()): Promise<void> => {
  harness = await OpaqueHarness.start(setting);
};

afterEach(async () => {
  await harness.stop();
});

describe('UserInfo', () => {
  it('mixes no two tokens up that begin alike (CVE-2026-35030)', async () => {
    await start();
    harness.server.behaviour = knowing;
    const beginning = 'a'.repeat(200);
    for (const name of ['alice', 'bob', 'alice', 'bob']) {
      expect(await harness.result(UserInfoResolver, `${beginning}-${name}`)).toBe(name);
    }
    expect(harness.server.keyFetches).toBe(2);
  });

  it('is asked with the name of the gateway', async () => {
    await start();
    let agent: string | undefined;
    harness.server.behaviour = (request, response) => {
      agent = request.headers['user-agent'];
      answering({ sub: 'alice' })(request, response);
    };
    await harness.result(UserInfoResolver);
    expect(agent).toMatch(/^gatehouse\/\d/);
  });

  it.each([400, 401, 403])(
    'refuses with status %i: 401, remembered for seconds',
    async (status) => {
      await start();
      harness.answer({ error: 'invalid_token' }, status);
      expect(await harness.result(UserInfoResolver)).toBe('token_invalid');
      expect(await harness.result(UserInfoResolver)).toBe('token_invalid');
      expect(harness.server.keyFetches).toBe(1);
      harness.harness.clock.advance(6);
      expect(await harness.result(UserInfoResolver)).toBe('token_invalid');
      expect(harness.server.keyFetches).toBe(2);
    },
  );

  it.each([{}, { error: 'invalid_token' }, { sub: '' }, { sub: 5 }, { sub: ['alice'] }])(
    'makes no caller of %j',
    async (answer) => {
      await start();
      harness.answer(answer);
      expect(await harness.result(UserInfoResolver)).toBe('token_invalid');
    },
  );

  it('is remembered as long as configured', async () => {
    await start(withUserInfo(30));
    harness.answer({ sub: 'alice' });
    await harness.result(UserInfoResolver);
    harness.harness.clock.advance(29);
    await harness.result(UserInfoResolver);
    expect(harness.server.keyFetches).toBe(1);
    harness.harness.clock.advance(1);
    await harness.result(UserInfoResolver);
    expect(harness.server.keyFetches).toBe(2);
  });

  it('is never asked about a signed token, nor while it is off', async () => {
    await start();
    expect(await harness.principal(UserInfoResolver, 'a.b.c')).toBeNull();
    harness.harness.settings.swap({
      ...harness.harness.settings.current,
      access: { ...harness.harness.settings.current.access, userInfo: null },
    });
    expect(await harness.principal(UserInfoResolver)).toBeNull();
    expect(harness.server.fetches).toBe(0);
  });

  it('never sees the master key, virtual keys, or what is too large for a token', async () => {
    await start();
    const authenticator = harness.harness.module.get(Authenticator);
    harness.harness.settings.swap({
      ...harness.harness.settings.current,
      masterKey: 'a-master-key',
    });
    for (const token of ['a-master-key', 'sk-unknown', 'sk-a.b.c', 'x'.repeat(20_000)]) {
      const trace = new DecisionTrace('dec_test');
      await Promise.try(() => authenticator.authenticateToken(token, null, trace)).catch(
        () => null,
      );
    }
    expect(harness.server.fetches).toBe(0);
  });

  it('cannot name another issuer than its own', async () => {
    await start((origin) => ({
      ...withUserInfo()(origin),
      jwt: { issuers: [anIssuer({ issuer: 'https://a.example' })] },
    }));
    harness.answer({ sub: 'alice', iss: 'https://b.example' });
    expect((await harness.principal(UserInfoResolver))?.issuer).toBe('https://a.example');
  });

  it('of a real OpenID provider tells who the bearer of an opaque token is', async () => {
    const provider = await OpenIdProvider.start({ email: 'alice@acme.example', groups: ['a'] });
    const endpoint = `${provider.issuer}/me`;
    const trace = new DecisionTrace('dec_test');
    const jwt = withClaims(jwtSettings(), { userEmail: aClaim('email') });
    await start(() => ({ access: { userInfo: { endpoint, cacheSeconds: 300 } }, jwt }));
    const { access_token: token } = await provider.authorizationCode(null);
    expect(token).not.toContain('.');
    expect(await harness.principal(UserInfoResolver, token, { trace })).toMatchObject({
      kind: 'userinfo',
      subject: 'alice',
      emailVerified: true,
      issuer: endpoint,
      claims: { groups: ['a'] },
    });
    expect(trace.steps).toContainEqual({
      guard: 'jwt-auth',
      outcome: 'passed',
      detail: 'the UserInfo endpoint knows the bearer of the token',
      config_key: 'general_settings.litellm_jwtauth.oidc_userinfo_endpoint',
    });
    expect(JSON.stringify(trace.steps)).not.toContain(token);
    expect(await harness.result(UserInfoResolver, `${token}x`)).toBe('token_invalid');
    await provider.stop();
  });
});
