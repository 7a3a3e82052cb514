import { Module, type DynamicModule } from '@nestjs/common';
import { SettingsStore } from '#libs/config';
import { ChangeFeed } from './change-feed.js';
import type { EntityClass } from './data-source.js';
import { Database } from './database.js';
import { createDatabase } from './open-database.js';

/** What the composition root tells the database. */
export interface DatabaseModuleOptions {
  /** The entities of every library. */
  readonly entities: readonly EntityClass[];
}

/** Provides {@link Database} and {@link ChangeFeed} to everybody; connects in the background. */
@Module({})
export class DatabaseModule {
  /** The module, built on the settings of the process. */
  static forRoot(options: DatabaseModuleOptions): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [
        {
          provide: Database,
          inject: [SettingsStore],
          useFactory: (settings: SettingsStore) => createDatabase(settings.current, options),
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
