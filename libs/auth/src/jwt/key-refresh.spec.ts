import { randomUUID } from 'node:crypto';
import { eventually } from '#support/eventually';
import { aKeyLife, FIRST, SECOND, text, TTL } from '#support/key-life-harness';
import type { KeyServer } from '#support/key-server';
import { signToken } from '#support/signing';
import { KeySetManager } from './key-set-manager.js';

const life = aKeyLife();
const { open, use, useToken, stateOf } = life;

let server: KeyServer;

beforeEach(async () => {
  server = await life.start();
});

afterEach(async () => {
  await life.stop();
});

describe('keys are fetched', () => {
  test('once for all who wait for the first load', async () => {
    const harness = await open();
    const results = await Promise.all(Array.from({ length: 50 }, () => use(harness, FIRST)));
    expect(new Set(results)).toEqual(new Set(['good']));
    expect(server.fetches).toBe(1);
  });

  test('in the background from the start of the application on', async () => {
    const harness = await open();
    harness.module.get(KeySetManager).keepFresh();
    await eventually(() => {
      expect(stateOf(harness)).toMatchObject({ state: 'fresh', keyCount: 1, problem: null });
    });
    expect(await use(harness, FIRST)).toBe('good');
    expect(server.fetches).toBe(1);
  });

  test('at most twice for a thousand tokens with random key ids', async () => {
    const harness = await open();
    const results = await Promise.all(
      Array.from({ length: 1_000 }, () => use(harness, FIRST, { kid: randomUUID() })),
    );
    expect(new Set(results)).toEqual(new Set(['token_invalid']));
    expect(server.fetches).toBeLessThanOrEqual(2);
    expect(await use(harness, FIRST)).toBe('good');
  });

  test('once per cooldown for unknown key ids, counted on attempts, while known keys go on', async () => {
    const harness = await open();
    expect(await use(harness, FIRST)).toBe('good');
    server.behaviour = text('', 500);
    for (let second = 0; second < 60; second += 1) {
      expect(await use(harness, SECOND)).toBe('token_invalid');
      expect(await use(harness, FIRST)).toBe('good');
      harness.clock.advance(1);
    }
    expect(server.fetches).toBeGreaterThanOrEqual(2);
    expect(server.fetches).toBeLessThanOrEqual(4);
  });

  test('again in the background after the soft age, when the old set serves on', async () => {
    const harness = await open();
    await use(harness, FIRST);
    server.keys = [FIRST.publicJwk, SECOND.publicJwk];
    harness.clock.advance(TTL + 1);
    expect(await use(harness, FIRST)).toBe('good');
    await eventually(() => {
      expect(stateOf(harness)).toMatchObject({ keyCount: 2, ageSeconds: 0 });
    });
    expect(server.fetches).toBe(2);
  });
});

describe('a rotation', () => {
  test('is seen by the first tokens with the new key, by one fetch for all of them', async () => {
    const harness = await open();
    await use(harness, FIRST);
    server.keys = [SECOND.publicJwk];
    const results = await Promise.all(Array.from({ length: 20 }, () => use(harness, SECOND)));
    expect(new Set(results)).toEqual(new Set(['good']));
    expect(server.fetches).toBe(2);
    expect(await use(harness, FIRST)).toBe('token_invalid');
  });

  test('is seen directly after a scheduled refresh as well', async () => {
    const harness = await open();
    await use(harness, FIRST);
    harness.clock.advance(TTL + 1);
    await use(harness, FIRST);
    await eventually(() => {
      expect(stateOf(harness)?.ageSeconds).toBe(0);
    });
    server.keys = [SECOND.publicJwk];
    expect(await use(harness, SECOND)).toBe('good');
  });

  test('that keeps the key id is seen as well', async () => {
    const harness = await open();
    await use(harness, FIRST);
    server.keys = [{ ...SECOND.publicJwk, kid: FIRST.kid }];
    expect(await use(harness, { ...SECOND, kid: FIRST.kid })).toBe('good');
    expect(await use(harness, FIRST)).toBe('token_invalid');
  });

  test('takes the old key out at the next refresh, remembered proofs included', async () => {
    const harness = await open();
    const payload = { sub: 'alice', exp: harness.clock.seconds + 100_000 };
    const token = signToken(FIRST, { payload });
    expect(await useToken(harness, token)).toBe('good');
    server.keys = [SECOND.publicJwk];
    harness.clock.advance(TTL + 1);
    await useToken(harness, token);
    await eventually(async () => {
      expect(await useToken(harness, token)).toBe('token_invalid');
    });
  });

  test('to an empty set takes every key out', async () => {
    const harness = await open();
    await use(harness, FIRST);
    server.keys = [];
    harness.clock.advance(TTL + 1);
    await eventually(async () => {
      expect(await use(harness, FIRST)).toBe('token_invalid');
    });
  });
});
