import 'reflect-metadata';
import { resolve } from 'node:path';
import { AUDIT_ENTITIES } from '#libs/audit';
import { AUTH_ENTITIES } from '#libs/auth';
import { createToolDataSource, DATABASE_ENTITIES } from '#libs/database';
import { END_USER_ENTITIES } from '#libs/end-users';
import { KEY_ENTITIES } from '#libs/keys';
import { ORG_ENTITIES } from '#libs/orgs';
import { SPEND_ENTITIES } from '#libs/spend';
import { TEAM_ENTITIES } from '#libs/teams';
import { USER_ENTITIES } from '#libs/users';

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
  [
    ...DATABASE_ENTITIES,
    ...AUDIT_ENTITIES,
    ...ORG_ENTITIES,
    ...TEAM_ENTITIES,
    ...USER_ENTITIES,
    ...END_USER_ENTITIES,
    ...KEY_ENTITIES,
    ...SPEND_ENTITIES,
    ...AUTH_ENTITIES,
  ],
);
