import { Module, type DynamicModule } from '@nestjs/common';
import { ConfigurationModule, type Settings } from '#libs/config';
import { DatabaseModule } from '#libs/database';
import { SpendModule } from '#libs/spend';
import { ForecastModule } from './forecast.module.js';
import { ReadinessService } from '../health/readiness.service.js';
import { OpenRequests } from '../lifecycle/lifecycle.js';
import { CONTROLLERS, MODULES, TABLES } from './parts.js';

/** The composition root: imports every library and adds the probes. */
@Module({})
export class AppModule {
  /**
   * The whole gateway.
   * @param lifecycle shared with the HTTP middleware
   */
  static forRoot(settings: Settings, lifecycle: OpenRequests): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigurationModule.forRoot(settings),
        DatabaseModule.forRoot(TABLES),
        ...MODULES,
        ForecastModule,
      ],
      controllers: [...CONTROLLERS],
      providers: [{ provide: OpenRequests, useValue: lifecycle }, ReadinessService],
    };
  }
}

/** The modules of the command line's tools: the database and the books, no HTTP, no tokens. */
@Module({})
export class ToolsModule {
  /** The tools' part of the gateway. */
  static forRoot(settings: Settings): DynamicModule {
    return {
      module: ToolsModule,
      imports: [ConfigurationModule.forRoot(settings), DatabaseModule.forRoot(TABLES), SpendModule],
    };
  }
}
