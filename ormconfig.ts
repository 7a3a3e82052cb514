import 'reflect-metadata';
import { resolve } from 'node:path';
import { TABLES } from '#gateway/application/parts';
import { createToolDataSource } from '#libs/database';

/**
 * The data source of TypeORM's own command line, for developers:
 * `npm run build && npx typeorm migration:generate PATH -d dist/ormconfig.js --esm`. It takes the
 * database from DATABASE_URL, else the embedded one of GATEHOUSE_DATA_DIR, as the gateway does.
 */
export default createToolDataSource(
  {
    databaseUrl: process.env['DATABASE_URL'] ?? null,
    dataDir: resolve(process.env['GATEHOUSE_DATA_DIR'] ?? '.gatehouse'),
  },
  TABLES,
);
