import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { isGatehouseError } from '#libs/common';
import { embeddedDataDirectory } from '#support/embedded';
import { CreateChangeVersions1700000000001 } from '../migrations/1700000000001-create-change-versions.js';
import { createDatabase } from '../open-database.js';
import { ReconnectingDatabase } from '../reconnecting-database.js';
import { EmbeddedBackend } from './embedded-backend.js';
import { EmbeddedEngine } from './embedded-engine.js';
import { readLockHolder } from './data-directory-lock.js';

const CONTENT = { entities: [], migrations: [CreateChangeVersions1700000000001] };

beforeAll(() => {
  Logger.overrideLogger(false);
});

describe('the embedded database', () => {
  let dataDir: string;
  let engine: EmbeddedEngine;
  let database: ReconnectingDatabase;

  beforeAll(async () => {
    dataDir = await embeddedDataDirectory('nothing');
    engine = new EmbeddedEngine(join(dataDir, 'database'));
    database = new ReconnectingDatabase(new EmbeddedBackend(dataDir, engine), CONTENT);
    database.start();
    await database.whenReady();
    await database.write(({ manager }) => manager.query('CREATE TABLE notes (text text)'));
  }, 60_000);

  afterAll(async () => {
    await database.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function notes(): Promise<string[]> {
    const rows = await database.read((manager) =>
      manager.query<{ text: string }[]>('SELECT text FROM notes ORDER BY text'),
    );
    return rows.map(({ text }) => text);
  }

  it('is locked against a second opening, which is refused at once and names the holder', () => {
    const second = createDatabase({ databaseUrl: null, dataDir }, CONTENT);
    expect(() => {
      second.start();
    }).toThrow(`in use by process ${String(process.pid)}`);
    expect(readLockHolder(dataDir)).toEqual({ pid: process.pid, alive: true });
  });

  it('comes back by itself after its thread dies in the middle of a transaction, without half of it', async () => {
    await database.write(({ manager }) => manager.query(`INSERT INTO notes VALUES ('kept')`));
    let attempts = 0;
    await database.write(async ({ manager }) => {
      attempts += 1;
      await manager.query(`INSERT INTO notes VALUES ('attempt ${String(attempts)}')`);
      if (attempts === 1) await engine.abandon();
      await manager.query('SELECT 1');
    });
    expect(attempts).toBe(2);
    expect(await notes()).toEqual(['attempt 2', 'kept']);
    expect(database.isReady()).toBe(true);
  });

  it('answers or refuses everything that was waiting when its thread dies', async () => {
    const waiting = Array.from({ length: 20 }, () =>
      database.read((manager) => manager.query('SELECT 1')),
    );
    await engine.abandon();
    const results = await Promise.allSettled(waiting);
    for (const result of results) {
      if (result.status === 'fulfilled') continue;
      expect(isGatehouseError(result.reason, 'database_unavailable')).toBe(true);
    }
    await database.whenReady();
    expect(await notes()).toContain('kept');
  });

  it('stays usable after a query that was given up', async () => {
    const slow = database.write(async ({ manager }) => {
      await manager.query(`INSERT INTO notes VALUES ('given up')`);
      await manager.query('SELECT pg_sleep(0.2)');
      throw new Error('given up');
    });
    await expect(slow).rejects.toThrow('given up');
    expect(await notes()).not.toContain('given up');
  });
});

describe.each(['made', 'copied'])('a new embedded database that is %s', (way) => {
  let prepared: string | null = null;

  beforeAll(async () => {
    if (way === 'copied') prepared = join(await embeddedDataDirectory('nothing'), 'database');
  }, 60_000);

  afterAll(() => {
    if (prepared !== null) rmSync(dirname(prepared), { recursive: true, force: true });
  });

  function databaseIn(dataDir: string): ReconnectingDatabase {
    const engine = new EmbeddedEngine(join(dataDir, 'database'), prepared);
    return new ReconnectingDatabase(new EmbeddedBackend(dataDir, engine), CONTENT);
  }

  it('is created from nothing and from what a killed creation left, and gives everything back', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-new-'));
    const unfinished = join(dataDir, 'database.creating');
    mkdirSync(join(dataDir, 'database'));
    mkdirSync(unfinished);
    writeFileSync(join(unfinished, 'PG_VERSION'), '18\n');
    const database = databaseIn(dataDir);
    database.start();
    expect(database.isReady()).toBe(false);
    const early = database.read((manager) => manager.query('SELECT 1'));
    await expect(early).rejects.toMatchObject({
      code: 'database_unavailable',
      retryAfterSeconds: expect.any(Number),
    });
    await database.whenReady();
    expect(existsSync(unfinished)).toBe(false);
    expect(statSync(join(dataDir, 'database')).mode & 0o777).toBe(0o700);
    await database.close();
    expect(readLockHolder(dataDir)).toBeNull();
    rmSync(dataDir, { recursive: true, force: true });
  }, 60_000);

  it.each([
    ['as soon as it is being created', 'database.creating'],
    ['while its files are written', 'database.creating/base'],
    ['when it is complete', 'database/PG_VERSION'],
  ])(
    'is given up at once by a close %s, and made by the next start',
    async (_when, sign) => {
      const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-given-up-'));
      const first = databaseIn(dataDir);
      first.start();
      // A copy may be complete before its beginning is seen.
      while (![sign, 'database/PG_VERSION'].some((name) => existsSync(join(dataDir, name))))
        await delay(5);
      const startedMs = performance.now();
      await first.close();
      expect(performance.now() - startedMs).toBeLessThan(3_000);
      expect(readLockHolder(dataDir)).toBeNull();
      const second = databaseIn(dataDir);
      second.start();
      await second.whenReady();
      expect(await second.read((manager) => manager.query('SELECT 1 AS one'))).toEqual([
        { one: 1 },
      ]);
      await second.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
    120_000,
  );
});
