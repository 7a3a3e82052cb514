import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { ConfigurationModule, settingsFromYaml } from '#libs/config';
import { embeddedDataDirectory } from '#support/embedded';
import { ChangeFeed } from './change-feed.js';
import { Database } from './database.js';
import { DatabaseModule } from './database.module.js';
import { readLockHolder } from './embedded/data-directory-lock.js';
import { MIGRATIONS } from './migrations/index.js';

describe('DatabaseModule', () => {
  let dataDir: string;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    dataDir = await embeddedDataDirectory('nothing');
  }, 60_000);

  afterAll(() => {
    rmSync(dataDir, { recursive: true, force: true });
  });

  function application() {
    const settings = settingsFromYaml(`gatehouse: { data_dir: ${JSON.stringify(dataDir)} }`);
    return Test.createTestingModule({
      imports: [ConfigurationModule.forRoot(settings), DatabaseModule.forRoot({ entities: [] })],
    }).compile();
  }

  it('connects when the application starts, migrates everything, and closes with it', async () => {
    const app = await application();
    await app.init();
    const database = app.get(Database);
    await database.whenReady();
    expect(app.get(ChangeFeed)).toBe(database.changes);
    expect(readLockHolder(dataDir)?.alive).toBe(true);
    const [count] = await database.read((manager) =>
      manager.query<unknown[]>('SELECT count(*)::int AS migrations FROM gatehouse_migrations'),
    );
    expect(count).toEqual({ migrations: MIGRATIONS.length });
    await app.close();
    expect(readLockHolder(dataDir)).toBeNull();
  });

  it('refuses the start when another process holds the embedded database', async () => {
    const [first, second] = [await application(), await application()];
    await first.init();
    await expect(second.init()).rejects.toThrow(`${join(dataDir)} is in use by process`);
    await first.close();
  });
});
