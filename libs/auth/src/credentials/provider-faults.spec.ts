import type { RequestListener } from 'node:http';
import { CACHE_MANAGER } from '@nestjs/cache-manager';
import type { Cache } from 'cache-manager';
import {
  answering,
  introspectionAt,
  OpaqueHarness,
  type OpaqueSetting,
} from '#support/opaque-harness';
import { IntrospectionResolver } from './introspection.resolver.js';
import { UserInfoResolver } from './userinfo.resolver.js';

const withUserInfo = (endpoint: string): OpaqueSetting => ({
  access: { userInfo: { endpoint, cacheSeconds: 300 } },
});

let harness: OpaqueHarness;

afterEach(async () => {
  await harness.stop();
});

const FAULTS: readonly (readonly [string, RequestListener])[] = [
  ['answers 500', answering({ error: 'x' }, 500)],
  ['answers 429', answering({ error: 'x' }, 429)],
  ['answers 404', answering({ error: 'x' }, 404)],
  ['answers 204', (_request, response) => response.writeHead(204).end()],
  ['answers HTML', (_request, response) => response.end('<html>Log in</html>')],
  ['answers a list', answering([{ sub: 'mallory', active: true }])],
  ['answers null', answering(null)],
  ['answers nothing', (_request, response) => response.end()],
  ['says a member twice', (_q, response) => response.end('{"sub":"a","active":true,"sub":"b"}')],
  ['answers what is nested deeply', (_q, response) => response.end('['.repeat(2_000))],
  ['answers too much', answering({ sub: 'mallory', active: true, filler: 'x'.repeat(5_000) })],
  [
    'answers compressed',
    (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
  ],
  [
    'redirects',
    (request, response) => {
      if (request.url === '/trap') answering({ sub: 'mallory', active: true })(request, response);
      else response.writeHead(302, { location: '/trap' }).end();
    },
  ],
  ['hangs', () => undefined],
  ['drips', (_request, response) => response.writeHead(200).write('{"sub":"a","ac')],
];

describe.each([
  ['UserInfo', UserInfoResolver, withUserInfo],
  ['introspection', IntrospectionResolver, introspectionAt],
] as const)('a provider of %s', (_name, resolver, setting) => {
  it.each(FAULTS)(
    'that %s does not refuse the token: 503, and nothing is cached',
    async (_fault, behaviour) => {
      harness = await OpaqueHarness.start(setting);
      harness.server.behaviour = behaviour;
      expect(await harness.result(resolver)).toBe('auth_provider_unavailable');
      expect(harness.server.keyFetches).toBe(1);
      harness.answer({ sub: 'alice', active: true });
      expect(await harness.result(resolver)).toBe('alice');
    },
  );

  it('that hangs up is asked once more, because a kept connection may end at any time', async () => {
    harness = await OpaqueHarness.start(setting);
    harness.server.behaviour = (request) => {
      harness.answer({ sub: 'alice', active: true });
      request.socket.destroy();
    };
    expect(await harness.result(resolver)).toBe('alice');
    harness.server.behaviour = (request) => request.socket.destroy();
    expect(await harness.result(resolver, 'another')).toBe('auth_provider_unavailable');
    expect(harness.server.keyFetches).toBe(4);
  });

  it('that is down is 503, and says when to try again', async () => {
    harness = await OpaqueHarness.start(setting);
    await harness.server.stop();
    await expect(harness.principal(resolver)).rejects.toMatchObject({
      code: 'auth_provider_unavailable',
      retryAfterSeconds: 1,
    });
  });

  it('is asked once by a hundred callers with one token', async () => {
    harness = await OpaqueHarness.start(setting);
    harness.answer({ sub: 'alice', active: true });
    const all = Array.from({ length: 100 }, () => harness.result(resolver));
    expect(new Set(await Promise.all(all))).toEqual(new Set(['alice']));
    expect(harness.server.keyFetches).toBe(1);
  });

  it('receives at most a hundred requests at once, even for a flood of made-up tokens', async () => {
    harness = await OpaqueHarness.start(setting);
    harness.server.behaviour = () => undefined;
    const all = Array.from({ length: 300 }, (_, index) =>
      harness.result(resolver, `t-${String(index)}`),
    );
    expect(new Set(await Promise.all(all))).toEqual(new Set(['auth_provider_unavailable']));
    expect(harness.server.keyFetches).toBeLessThanOrEqual(100);
  });

  it('is asked again after new settings', async () => {
    harness = await OpaqueHarness.start(setting);
    harness.answer({ sub: 'alice', active: true });
    await harness.result(resolver);
    harness.harness.settings.swap({ ...harness.harness.settings.current });
    harness.answer({ sub: 'bob', active: true });
    expect(await harness.result(resolver)).toBe('bob');
  });

  it('is asked itself, and decides alone, while the cache of its answers fails', async () => {
    harness = await OpaqueHarness.start(setting);
    const cache = harness.harness.module.get<Cache>(CACHE_MANAGER, { strict: false });
    jest.spyOn(cache, 'get').mockRejectedValue(new Error('away'));
    jest.spyOn(cache, 'set').mockRejectedValue(new Error('away'));
    harness.answer({ sub: 'alice', active: true });
    expect(await harness.result(resolver)).toBe('alice');
    expect(await harness.result(resolver)).toBe('alice');
    expect(harness.server.keyFetches).toBe(2);
    harness.answer({ active: false });
    expect(await harness.result(resolver, 'other')).toBe('token_invalid');
  });

  it('is known to the cache by digests: no key contains the token', async () => {
    harness = await OpaqueHarness.start(setting);
    const cache = harness.harness.module.get<Cache>(CACHE_MANAGER, { strict: false });
    const set = jest.spyOn(cache, 'set');
    harness.answer({ sub: 'alice', active: true });
    await harness.result(resolver, 'opaque-secret');
    expect(set).toHaveBeenCalledTimes(1);
    expect(JSON.stringify(set.mock.calls)).not.toContain('opaque-secret');
  });

  it('is remembered until the token expires and not beyond (threat C09)', async () => {
    harness = await OpaqueHarness.start(setting);
    harness.answer({ sub: 'alice', active: true, exp: harness.harness.clock.seconds + 20 });
    expect(await harness.result(resolver)).toBe('alice');
    harness.harness.clock.advance(19);
    expect(await harness.result(resolver)).toBe('alice');
    expect(harness.server.keyFetches).toBe(1);
    harness.harness.clock.advance(1);
    await harness.result(resolver);
    expect(harness.server.keyFetches).toBe(2);
  });

  it('hands in nothing under the names that are kept for us (threat C17)', async () => {
    harness = await OpaqueHarness.start(setting);
    harness.answer({ sub: 'alice', active: true, _litellm_user_id: 'root' });
    expect((await harness.principal(resolver))?.claims).not.toHaveProperty('_litellm_user_id');
  });
});
