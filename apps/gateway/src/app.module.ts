import { Module, type DynamicModule } from '@nestjs/common';
import { AUDIT_ENTITIES } from '#libs/audit';
import { AUTH_ENTITIES } from '#libs/auth';
import { ConfigurationModule, type Settings } from '#libs/config';
import { DatabaseModule, DATABASE_ENTITIES } from '#libs/database';
import { END_USER_ENTITIES } from '#libs/end-users';
import { KEY_ENTITIES } from '#libs/keys';
import { ORG_ENTITIES } from '#libs/orgs';
import { SpendModule, SPEND_ENTITIES } from '#libs/spend';
import { TEAM_ENTITIES } from '#libs/teams';
import { USER_ENTITIES } from '#libs/users';
import { ForecastModule } from './forecast/forecast.module.js';
import { ReadinessService } from './health/readiness.service.js';
import { Lifecycle } from './lifecycle/lifecycle.js';
import { CONTROLLERS, LIBRARIES } from './parts.js';

/** Every entity of every library. */
const ENTITIES = [
  ...DATABASE_ENTITIES,
  ...AUDIT_ENTITIES,
  ...ORG_ENTITIES,
  ...TEAM_ENTITIES,
  ...USER_ENTITIES,
  ...END_USER_ENTITIES,
  ...KEY_ENTITIES,
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
        ...LIBRARIES,
        ForecastModule,
      ],
      controllers: [...CONTROLLERS],
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
