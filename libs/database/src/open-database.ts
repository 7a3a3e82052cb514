import type { DataSource } from 'typeorm';
import type { Settings } from '#libs/config';
import { MIGRATION_POOL, type Backend } from './connection/backend.js';
import { createDataSource, type DataSourceContent } from './connection/data-source.js';
import { EmbeddedBackend } from './embedded/embedded-backend.js';
import { MIGRATIONS } from './migrations/index.js';
import { PostgresqlBackend } from './connection/postgresql-backend.js';
import { ReconnectingDatabase } from './reconnecting-database.js';

/** The settings that locate the database. */
export type DatabaseAddress = Pick<Settings, 'databaseUrl' | 'dataDir'> &
  Partial<Pick<Settings, 'reports'>>;

/**
 * The backend that the settings ask for.
 * @param address PostgreSQL when it has an address, else the embedded database
 */
function backendOf(address: DatabaseAddress): Backend {
  return address.databaseUrl === null
    ? new EmbeddedBackend(address.dataDir)
    : new PostgresqlBackend(address.databaseUrl);
}

/**
 * A database outside of Nest, not yet started. The caller starts and closes it.
 * @param content entities, and migrations; default are those of this library
 */
export function createDatabase(
  address: DatabaseAddress,
  content: Pick<DataSourceContent, 'entities'> & Partial<DataSourceContent>,
): ReconnectingDatabase {
  const seconds = address.reports?.statementTimeoutSeconds;
  return new ReconnectingDatabase(
    backendOf(address),
    { migrations: MIGRATIONS, ...content },
    seconds === undefined ? undefined : seconds * 1000,
  );
}

/**
 * A bare data source for tools that work on the schema: one connection without time limit, not yet
 * initialised. With the embedded database the directory is locked when the first connection is made,
 * and free again when the process ends.
 * @param address where the database is
 * @param content entities, with which the schema is compared, and migrations
 */
export function createToolDataSource(
  address: DatabaseAddress,
  content: DataSourceContent,
): DataSource {
  return createDataSource(backendOf(address), MIGRATION_POOL, content);
}
