/*
 * database: the one door to PostgreSQL, whether a server or embedded, and the news of rows that changed.
 * Entry points: DatabaseModule, Database (read, write, background), UnitOfWork, ChangeFeed, SnapshotCache.
 * Holds every migration, in order; entities belong to the libraries whose rows they are.
 * No other library opens a connection, a transaction or a data source.
 * Must never import: any library but common and config.
 */
import { ChangeVersion } from './change-version.entity.js';

export * from './change-feed.js';
export * from './database.js';
export * from './database.module.js';
export type { DataSourceContent, EntityClass, MigrationClass } from './connection/data-source.js';
export { holdsEmbeddedDatabase } from './embedded/embedded-directory.js';
export { readLockHolder } from './embedded/data-directory-lock.js';
export { initialValuesOf } from './initial-values.js';
export { holdsGatehouseTables } from './connection/foreign-database.js';
export { MIGRATIONS } from './migrations/index.js';
export { createDatabase, createToolDataSource } from './open-database.js';
export {
  FOREIGN_KEY_VIOLATION,
  postgresErrorCode,
  violatedConstraint,
} from './connection/postgres-errors.js';
export {
  isProcessRunning,
  ownProcess,
  parseProcessIdentity,
  type ProcessIdentity,
} from './embedded/process-identity.js';
export * from './snapshot-cache.js';
export * from './table-snapshots.js';
export type { UnitOfWork } from './unit-of-work.js';
export * from './wholesale-changes.js';

/** The entities of this library. */
export const DATABASE_ENTITIES = [ChangeVersion];
