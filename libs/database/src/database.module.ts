import { Module, type DynamicModule } from '@nestjs/common';
import { SettingsStore } from '#libs/config';
import { ChangeFeed } from './change-feed.js';
import type { DataSourceContent } from './connection/data-source.js';
import { Database } from './database.js';
import { createDatabase } from './open-database.js';

/** Provides {@link Database} and {@link ChangeFeed} to everybody; connects in the background. */
@Module({})
export class DatabaseModule {
  /**
   * The module, built on the settings of the process.
   * @param content entities, and migrations; default are those of this library
   */
  static forRoot(
    content: Pick<DataSourceContent, 'entities'> & Partial<DataSourceContent>,
  ): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [
        {
          provide: Database,
          inject: [SettingsStore],
          useFactory: (settings: SettingsStore) => createDatabase(settings.current, content),
        },
        {
          provide: ChangeFeed,
          inject: [Database],
          useFactory: (database: Database) => database.changes,
        },
      ],
      exports: [Database, ChangeFeed],
    };
  }
}
