import { introspectionAt, OpaqueHarness } from '#support/opaque-harness';
import {
  ProviderEndpointCheck,
  type ProviderEndpointFinding,
} from './provider-endpoint-check.service.js';

type Kind = 'introspection' | 'bearer' | 'UserInfo';

interface Answer {
  readonly body: object;
  readonly status: number;
}

let harness: OpaqueHarness;

const start = async (which: Kind): Promise<void> => {
  harness = await OpaqueHarness.start((origin) => {
    if (which === 'UserInfo') {
      return { access: { userInfo: { endpoint: `${origin}/me`, cacheSeconds: 1 } } };
    }
    const asBearer = which === 'bearer' ? { clientId: null, clientSecret: null } : {};
    return introspectionAt(`${origin}/introspect?x=secret`, asBearer);
  });
};

const run = (token: string | null): Promise<readonly ProviderEndpointFinding[]> =>
  harness.harness.module.get(ProviderEndpointCheck).run(token);

afterEach(() => harness.stop());

describe('the check of endpoints that are asked about tokens', () => {
  it.each<[Kind, string | null, Answer, RegExp]>([
    [
      'introspection',
      null,
      { body: { active: false }, status: 200 },
      /^refuses a made-up token, as it must/,
    ],
    [
      'introspection',
      'a-token',
      { body: { active: false }, status: 200 },
      /^refuses the sample token/,
    ],
    [
      'introspection',
      'a-token',
      { body: { active: true, sub: 'ann' }, status: 200 },
      /^accepts the sample token$/,
    ],
    ['bearer', null, { body: {}, status: 401 }, /^refuses a made-up token/],
    ['UserInfo', null, { body: {}, status: 401 }, /^refuses a made-up token/],
    ['UserInfo', 'a-token', { body: { sub: 'ann' }, status: 200 }, /^accepts the sample token$/],
  ])('finds that %s about %j with %j can be used', async (which, token, response, text) => {
    await start(which);
    harness.answer(response.body, response.status);
    const [finding, ...others] = await run(token);
    expect(others).toEqual([]);
    expect(finding?.problem).toBeNull();
    expect(finding?.result).toMatch(text);
    expect(finding?.address).not.toContain('secret');
  });

  it.each<[Kind, string | null, Answer, RegExp]>([
    ['introspection', null, { body: {}, status: 401 }, /status 401/],
    [
      'introspection',
      'a-token',
      { body: { sub: 'ann' }, status: 200 },
      /does not say whether it is active/,
    ],
    [
      'introspection',
      null,
      { body: { active: true, sub: 'ann' }, status: 200 },
      /accepts a made-up token/,
    ],
    ['bearer', null, { body: {}, status: 404 }, /status 404/],
    ['UserInfo', null, { body: { sub: 'ann' }, status: 200 }, /accepts a made-up token/],
    ['UserInfo', 'a-token', { body: {}, status: 500 }, /status 500/],
  ])('finds that %s about %j with %j cannot', async (which, token, response, text) => {
    await start(which);
    harness.answer(response.body, response.status);
    const [finding] = await run(token);
    expect(finding?.problem).toMatch(text);
    expect(finding?.result).toBeNull();
  });

  it('finds that an endpoint that refuses the connection cannot be used', async () => {
    await start('introspection');
    await harness.server.stop();
    const [finding] = await run(null);
    expect(finding?.problem).toMatch(/refuse/);
  });
});
