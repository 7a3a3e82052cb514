import { DecisionTrace } from '#libs/access';
import type { IssuerSettings } from '#libs/config';
import { aClaim, anIssuer, claimFields } from '#support/jwt-settings';
import { introspectionAt, OpaqueHarness, type OpaqueSetting } from '#support/opaque-harness';
import { IntrospectionResolver } from './introspection.resolver.js';
import { UserInfoResolver } from './userinfo.resolver.js';

const WAYS = { introspection: IntrospectionResolver, userinfo: UserInfoResolver } as const;
const WAY_NAMES = ['introspection', 'userinfo'] as const;

let harness: OpaqueHarness;

/** Both ways at endpoints below the address of one issuer, beside a global one that demands nothing. */
async function start(over: Partial<IssuerSettings>, path = '/introspect'): Promise<void> {
  harness = await OpaqueHarness.start((origin): OpaqueSetting => {
    const { access } = introspectionAt(`${origin}${path}`, {
      clientId: null,
      clientSecret: null,
    });
    const entry = {
      isGlobal: false,
      issuer: origin,
      configPath: 'gatehouse.issuers[0]',
      ...over,
    };
    return {
      jwt: {
        claims: claimFields({ orgId: aClaim('org') }),
        issuers: [anIssuer(entry), anIssuer({ issuer: 'https://global.example' })],
      },
      access: { ...access, userInfo: { endpoint: `${origin}/userinfo`, cacheSeconds: 300 } },
    };
  });
}

afterEach(async () => {
  await harness.stop();
});

describe.each(WAY_NAMES)('an answer that is attributed to an issuer (%s)', (way) => {
  const resolver = WAYS[way];

  it('holds the claims that the entry of the issuer requires', async () => {
    await start({ requiredClaims: ['department'] });
    harness.answer({ sub: 'alice', active: true });
    expect(await harness.result(resolver, 'without')).toBe('token_invalid');
    harness.answer({ sub: 'alice', active: true, department: 'x' });
    expect(await harness.result(resolver, 'with')).toBe('alice');
  });

  it('holds the values that the entry binds its callers to', async () => {
    await start({ boundClaims: [{ path: 'hd', values: ['acme.example'] }] });
    harness.answer({ sub: 'mallory', active: true, hd: 'evil.example' });
    const refusal = harness.principal(resolver, 'foreign');
    await expect(refusal).rejects.toMatchObject({
      code: 'token_invalid',
      context: { configKey: 'gatehouse.issuers[0].bound_claims' },
    });
    harness.answer({ sub: 'alice', active: true, hd: 'acme.example' });
    expect(await harness.result(resolver, 'own')).toBe('alice');
  });

  it('is read by the fields of the entry, which take precedence over the global ones', async () => {
    await start({
      claims: claimFields({ orgId: aClaim('company') }),
      principalTemplate: 'x:{sub}',
    });
    harness.answer({ sub: 'alice', active: true, company: 'acme', org: 'other' });
    expect(await harness.principal(resolver, 'one')).toMatchObject({
      kind: way,
      orgId: 'acme',
      userId: 'x:alice',
    });
    harness.answer({ sub: 'alice', active: true, org: 'other' });
    expect(await harness.principal(resolver, 'two')).toMatchObject({ orgId: null });
  });
});

it('the trace of a UserInfo response says that its audience is not checked', async () => {
  await start({ audience: { values: ['gatehouse'], patterns: [], domains: [] } });
  harness.answer({ sub: 'alice' });
  const trace = new DecisionTrace('dec_test');
  await harness.principal(UserInfoResolver, 'opaque', { trace });
  const details = trace.steps.map(({ detail }) => detail).join('\n');
  expect(details).toContain('subject alice (not checked: audience)');
});

it('a cached UserInfo response is not used for an introspection at the same address', async () => {
  await start({}, '/userinfo');
  harness.answer({ sub: 'alice', active: false });
  expect(await harness.result(UserInfoResolver)).toBe('alice');
  expect(await harness.result(IntrospectionResolver)).toBe('token_invalid');
  expect(await harness.result(UserInfoResolver)).toBe('alice');
  expect(harness.server.keyFetches).toBe(2);
});
