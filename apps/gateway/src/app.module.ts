import { Module, type DynamicModule } from '@nestjs/common';
import { AuditModule, AUDIT_ENTITIES } from '#libs/audit';
import { AuthModule, AUTH_ENTITIES } from '#libs/auth';
import { ConfigurationModule, type Settings } from '#libs/config';
import { DatabaseModule, DATABASE_ENTITIES } from '#libs/database';
import { DirectoryModule } from '#libs/directory';
import { EndUsersModule, END_USER_ENTITIES } from '#libs/end-users';
import { OrganizationsModule, ORG_ENTITIES } from '#libs/orgs';
import { ProxyModule } from '#libs/proxy';
import { SpendModule, SPEND_ENTITIES } from '#libs/spend';
import { TeamsModule, TEAM_ENTITIES } from '#libs/teams';
import { UsersModule, USER_ENTITIES } from '#libs/users';
import { HealthController } from './health/health.controller.js';
import { ReadinessService } from './health/readiness.service.js';
import { Lifecycle } from './lifecycle/lifecycle.js';

/** Every entity of every library. */
const ENTITIES = [
  ...DATABASE_ENTITIES,
  ...AUDIT_ENTITIES,
  ...ORG_ENTITIES,
  ...TEAM_ENTITIES,
  ...USER_ENTITIES,
  ...END_USER_ENTITIES,
  ...SPEND_ENTITIES,
  ...AUTH_ENTITIES,
];

/** The composition root: imports every library and adds the probes. */
@Module({})
export class AppModule {
  /**
   * The whole gateway.
   * @param settings the configuration
   * @param lifecycle shared with the HTTP middleware
   */
  static forRoot(settings: Settings, lifecycle: Lifecycle): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigurationModule.forRoot(settings),
        DatabaseModule.forRoot({ entities: ENTITIES }),
        AuditModule,
        SpendModule,
        OrganizationsModule,
        UsersModule,
        TeamsModule,
        EndUsersModule,
        DirectoryModule,
        AuthModule,
        ProxyModule,
      ],
      controllers: [HealthController],
      providers: [{ provide: Lifecycle, useValue: lifecycle }, ReadinessService],
    };
  }
}

/** What the command line's tools need: the database and the books, no HTTP, no tokens. */
@Module({})
export class ToolsModule {
  /**
   * The tools' part of the gateway.
   * @param settings the configuration
   */
  static forRoot(settings: Settings): DynamicModule {
    return {
      module: ToolsModule,
      imports: [
        ConfigurationModule.forRoot(settings),
        DatabaseModule.forRoot({ entities: ENTITIES }),
        SpendModule,
      ],
    };
  }
}
