import type { Type } from '@nestjs/common';
import { ADMIN_LIBRARY } from '#libs/admin';
import { AUDIT_LIBRARY } from '#libs/audit';
import { AUTH_LIBRARY } from '#libs/auth';
import { BUDGETS_LIBRARY } from '#libs/budgets';
import {
  DATABASE_ENTITIES,
  MIGRATIONS,
  type DataSourceContent,
  type EntityClass,
  type MigrationClass,
} from '#libs/database';
import { END_USERS_LIBRARY } from '#libs/end-users';
import { KEYS_LIBRARY } from '#libs/keys';
import { LIMITS_LIBRARY } from '#libs/limits';
import { OBJECTS_LIBRARY } from '#libs/objects';
import { ORGANIZATIONS_LIBRARY } from '#libs/orgs';
import { PROXY_LIBRARY } from '#libs/proxy';
import { REPORTS_LIBRARY } from '#libs/reports';
import { SPEND_LIBRARY } from '#libs/spend';
import { TAGS_LIBRARY } from '#libs/tags';
import { TEAMS_LIBRARY } from '#libs/teams';
import { USERS_LIBRARY } from '#libs/users';
import { ProtectedResourceController } from '../discovery/protected-resource.controller.js';
import { HealthController } from '../health/health.controller.js';
import { WelcomeController } from '../welcome/welcome.controller.js';

/** The declarations of each library for the composition of the gateway. */
interface Library {
  readonly module: Type;
  readonly entities: readonly EntityClass[];
  /** Its migrations, besides those of libs/database. */
  readonly migrations?: readonly MigrationClass[];
}

/** Every library with handlers, services or tables. The router tries their routes in this order: the relay's first. */
const LIBRARIES: readonly Library[] = [
  PROXY_LIBRARY,
  AUDIT_LIBRARY,
  SPEND_LIBRARY,
  OBJECTS_LIBRARY,
  BUDGETS_LIBRARY,
  ORGANIZATIONS_LIBRARY,
  USERS_LIBRARY,
  TEAMS_LIBRARY,
  END_USERS_LIBRARY,
  KEYS_LIBRARY,
  TAGS_LIBRARY,
  LIMITS_LIBRARY,
  REPORTS_LIBRARY,
  ADMIN_LIBRARY,
  AUTH_LIBRARY,
];

/** The modules of every library. */
export const MODULES: readonly Type[] = LIBRARIES.map(({ module }) => module);

/** The tables of every library, and the migrations that make them. */
export const TABLES: DataSourceContent = {
  entities: [...DATABASE_ENTITIES, ...LIBRARIES.flatMap(({ entities }) => entities)],
  migrations: [...MIGRATIONS, ...LIBRARIES.flatMap(({ migrations = [] }) => migrations)],
};

/** The gateway's own controllers. */
export const CONTROLLERS: readonly Type[] = [
  HealthController,
  ProtectedResourceController,
  WelcomeController,
];
