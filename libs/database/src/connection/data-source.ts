import { DataSource, type Logger, type MixedList } from 'typeorm';
import type { Backend, PoolProfile } from './backend.js';
import { SnakeCaseNaming } from './snake-case-naming.js';

/** A class that TypeORM maps. */
export type EntityClass = abstract new (...parameters: never[]) => object;

/** A class that TypeORM runs as a migration. */
export type MigrationClass = new () => object;

/** Entities and migrations of a data source. */
export interface DataSourceContent {
  readonly entities: readonly EntityClass[];
  readonly migrations: readonly MigrationClass[];
}

const ignored = (): void => undefined;

/**
 * TypeORM prints failed migrations beside the log even with `logging: false`; they are thrown as
 * well.
 */
const SILENT: Logger = {
  logQuery: ignored,
  logQueryError: ignored,
  logQuerySlow: ignored,
  logSchemaBuild: ignored,
  logMigration: ignored,
  log: ignored,
};

/** Name of the table in which TypeORM notes the migrations that ran. */
const MIGRATIONS_TABLE = 'gatehouse_migrations';

/**
 * A data source over one pool. Connects when it is initialised; never changes the schema by itself.
 * @param backend where the database is
 * @param profile how the pool behaves
 * @param content what it knows of
 * @param onPoolError told about connections that break while idle
 */
export function createDataSource(
  backend: Backend,
  profile: PoolProfile,
  content: DataSourceContent,
  onPoolError: (error: unknown) => void = () => undefined,
): DataSource {
  return new DataSource({
    ...backend.options(profile),
    entities: [...content.entities] as MixedList<EntityClass>,
    migrations: [...content.migrations],
    migrationsTableName: MIGRATIONS_TABLE,
    migrationsTransactionMode: 'each',
    namingStrategy: new SnakeCaseNaming(),
    synchronize: false,
    installExtensions: false,
    invalidWhereValuesBehavior: { null: 'throw', undefined: 'throw' },
    // Values of callers are bound to queries, so queries are never logged.
    logging: false,
    logger: SILENT,
    poolErrorHandler: onPoolError,
  });
}
