import { Logger } from '@nestjs/common';
import { eventually } from '#support/eventually';
import { anIssuer } from '#support/jwt-settings';
import { aKeyLife, FIRST, STALE, text, TTL } from '#support/key-life-harness';
import type { KeyServer } from '#support/key-server';
import { KeySetManager } from './key-set-manager.js';

const life = aKeyLife();
const { open, use } = life;

let server: KeyServer;
let warnings: jest.SpyInstance;

beforeEach(async () => {
  server = await life.start();
  warnings = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
});

afterEach(async () => {
  warnings.mockRestore();
  await life.stop();
});

const linesOf = (issuer: string | null): unknown[] =>
  warnings.mock.calls
    .map(([line]) => line as { issuer?: unknown })
    .filter((line) => line.issuer === issuer);

describe('issuers without usable keys', () => {
  test('are counted, by issuer and not by address, and each has one warning', async () => {
    const dead = await life.aServer();
    dead.behaviour = text('', 500);
    const entry = (name: string, ...keyUrls: string[]) =>
      anIssuer({ issuer: `https://${name}.example`, isGlobal: false, keyUrls });
    const issuers = [
      entry('good', server.jwksUrl),
      entry('half', dead.jwksUrl, server.jwksUrl),
      entry('dead', dead.jwksUrl),
      entry('dead-twice', dead.jwksUrl, `${dead.jwksUrl}?2`),
      entry('without-addresses'),
    ];
    const harness = await open({ jwt: { issuers } });
    const manager = harness.module.get(KeySetManager);
    manager.keepFresh();
    await eventually(() => {
      expect(manager.issuersWithoutKeys()).toBe(2);
    });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const before = dead.fetches;
      harness.clock.advance(120);
      manager.keepFresh();
      await eventually(() => {
        expect(dead.fetches).toBeGreaterThan(before);
      });
    }
    expect(linesOf('https://dead.example')).toEqual([
      expect.objectContaining({
        message: expect.stringContaining('could not be loaded'),
        address: dead.jwksUrl,
        problem: expect.stringContaining('500'),
      }),
    ]);
    expect(linesOf('https://good.example')).toEqual([]);
  });

  test('are counted again, with another warning, when an outage outlasts the last good keys', async () => {
    const harness = await open();
    const manager = harness.module.get(KeySetManager);
    expect(await use(harness, FIRST)).toBe('good');
    expect(manager.issuersWithoutKeys()).toBe(0);
    server.behaviour = text('', 500);
    for (const seconds of [TTL + STALE + 1, 120, 120]) {
      harness.clock.advance(seconds);
      expect(await use(harness, FIRST)).toBe('auth_provider_unavailable');
    }
    expect(manager.issuersWithoutKeys()).toBe(1);
    expect(linesOf(null)).toHaveLength(1);
    server.behaviour = null;
    harness.clock.advance(120);
    expect(await use(harness, FIRST)).toBe('good');
    expect(manager.issuersWithoutKeys()).toBe(0);
  });

  test('are none while tokens are off', async () => {
    const harness = await open({ jwt: { enabled: false } });
    expect(harness.module.get(KeySetManager).issuersWithoutKeys()).toBe(0);
  });
});
