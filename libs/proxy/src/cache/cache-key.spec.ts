import type { Attribution } from '#libs/access';
import { scanJsonObject } from '#libs/common';
import { aPrincipal } from '#support/access-builders';
import { cacheKeyOf, type KeyedCall } from './cache-key.js';

const NAMED: Attribution = {
  issuer: 'https://idp',
  subject: 'sub',
  keyId: null,
  userId: 'alice',
  teamId: 'research',
  orgId: 'acme',
  endUserId: null,
};
const BODY = '{"model":"m","messages":[{"role":"user","content":"hi"}],"seed":1}';

interface Differs {
  readonly attribution?: Partial<Attribution>;
  readonly body?: string;
  readonly call?: Partial<KeyedCall>;
}

function call({ attribution = {}, body = BODY, call: rest = {} }: Differs = {}): KeyedCall {
  return {
    access: { attribution: { ...NAMED, ...attribution }, principal: aPrincipal() },
    endpoint: { route: '/chat/completions' },
    group: { name: 'm' },
    request: { scan: scanJsonObject(Buffer.from(body)), dropped: [], isStream: false },
    headers: {},
    target: '/v1/chat/completions',
    ...rest,
  };
}
const key = (differs?: Differs, scope: Parameters<typeof cacheKeyOf>[1] = 'user'): string =>
  cacheKeyOf(call(differs), scope, '');

describe('the key of a cached response', () => {
  it.each<[string, Differs]>([
    ['user', { attribution: { userId: 'bob' } }],
    ['team', { attribution: { teamId: 'sales' } }],
    ['missing team', { attribution: { teamId: null } }],
    ['organisation', { attribution: { orgId: 'other' } }],
    ['end user', { attribution: { endUserId: 'visitor' } }],
    ['missing user', { attribution: { userId: null } }],
    ['message', { body: BODY.replace('hi', 'ho') }],
    ['white space within a member', { body: BODY.replace('"content":"hi"', '"content": "hi"') }],
    ['further member', { body: BODY.replace('}', ',"x":1}') }],
    ['route', { call: { endpoint: { route: '/completions' } } }],
    ['wire format', { call: { endpoint: { route: '/chat/completions', wire: 'anthropic' } } }],
    ['model group', { call: { group: { name: 'n' } } }],
    ['beta of Anthropic', { call: { headers: { 'anthropic-beta': 'x' } } }],
    ['version of Anthropic', { call: { headers: { 'anthropic-version': 'x' } } }],
    ['beta of OpenAI', { call: { headers: { 'openai-beta': 'x' } } }],
  ])('has the %s', (_what, differs) => {
    expect(key(differs)).not.toBe(key());
  });

  it('of callers without a user has the credential', () => {
    const without = { userId: null };
    const keys = [
      key({ attribution: without }),
      key({ attribution: { ...without, subject: 'other' } }),
      key({ attribution: { ...without, issuer: 'https://other' } }),
      key({ attribution: { ...without, keyId: 'k1' } }),
      key({ attribution: { ...without, keyId: 'k2' } }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    const { attribution } = call({ attribution: without }).access;
    const kinds = (['jwt', 'virtual_key', 'master_key'] as const).map((kind) =>
      key({ call: { access: { attribution, principal: aPrincipal({ kind }) } } }),
    );
    expect(new Set(kinds).size).toBe(kinds.length);
  });

  it('has the namespace and the form of the response', () => {
    const stream = call({ call: { request: { ...call().request, isStream: true } } });
    const keys = [
      key(),
      cacheKeyOf(call(), 'user', 'a'),
      cacheKeyOf(stream, 'user', ''),
      cacheKeyOf(call({ attribution: { userId: 'a' } }), 'user', ''),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('is the same for another order of the members, the name in the path, and members that are removed', () => {
    const other = '{"seed":1, "metadata": {}, "messages":[{"role":"user","content":"hi"}]}';
    const scan = scanJsonObject(Buffer.from(other));
    const request = { scan, dropped: ['metadata'], isStream: false };
    expect(key({ call: { request } })).toBe(key());
  });

  it('does not read one member as another', () => {
    const keys = ['{"a":"1","b":"2"}', '{"a":"1\\",\\"b\\":\\"2"}', '{"a":"1"}', '{"ab":"1"}'];
    expect(new Set(keys.map((body) => key({ body }))).size).toBe(keys.length);
  });

  it('is shared as the scope says, and less where what is shared is not known', () => {
    const bob = { userId: 'bob' };
    const sales = { teamId: 'sales' };
    const other = { orgId: 'other' };
    expect(key({ attribution: bob }, 'team')).toBe(key({}, 'team'));
    expect(key({ attribution: sales }, 'team')).not.toBe(key({}, 'team'));
    expect(key({ attribution: other }, 'team')).not.toBe(key({}, 'team'));
    expect(key({ attribution: { ...bob, ...sales } }, 'organization')).toBe(
      key({}, 'organization'),
    );
    expect(key({ attribution: other }, 'organization')).not.toBe(key({}, 'organization'));
    expect(key({ attribution: { ...bob, ...other } }, 'gateway')).toBe(key({}, 'gateway'));
    const nowhere = { teamId: null, orgId: null };
    for (const scope of ['team', 'organization'] as const)
      expect(key({ attribution: { ...nowhere, ...bob } }, scope)).not.toBe(
        key({ attribution: nowhere }, scope),
      );
  });
});
