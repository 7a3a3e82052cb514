import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { TerminusModule } from '@nestjs/terminus';
import { ConfigurationModule, type Settings } from '#libs/config';
import { DatabaseModule } from '#libs/database';
import { ConfiguredEndpointsModule } from '#libs/proxy';
import { RedisModule } from '#libs/redis';
import { SpendModule } from '#libs/spend';
import { ErrorFilter, KNOWN_ROUTES } from '../http/error.filter.js';
import { requestValidationPipe } from '../http/validation.pipe.js';
import { ReadinessIndicators } from '../health/readiness-indicators.js';
import { ReadinessService } from '../health/readiness.service.js';
import { OpenRequests } from '../lifecycle/lifecycle.js';
import { JsonLogger } from '../logging/json-logger.js';
import { knownRoutes } from '../openapi/api-document.js';
import { ApiDocumentation } from '../openapi/api-documentation.js';
import { HandlerTable } from '../openapi/handler-table.js';
import { ForecastModule } from './forecast.module.js';
import { CONTROLLERS, MODULES, TABLES } from './parts.js';

/** What the modules and the hook of the adapter both use. */
interface SharedParts {
  readonly lifecycle: OpenRequests;
  readonly logger: JsonLogger;
}

/**
 * The gateway's own controllers. They are not those of the composition root, because the router tries the routes of a module
 * before those of its imports, and a model call must not try these first.
 */
@Module({})
class OwnRoutesModule {
  static forRoot(lifecycle: OpenRequests): DynamicModule {
    return {
      module: OwnRoutesModule,
      // A failed readiness is a response, and the request log has it.
      imports: [...MODULES, TerminusModule.forRoot({ logger: false })],
      controllers: [...CONTROLLERS],
      providers: [
        { provide: OpenRequests, useValue: lifecycle },
        ReadinessIndicators,
        ReadinessService,
      ],
    };
  }
}

/** The composition root: imports every library, and the gateway's own routes behind theirs. */
@Module({})
export class AppModule {
  /**
   * The whole gateway.
   * @param shared with the hook of the adapter, which works outside of the modules
   */
  static forRoot(settings: Settings, shared: SharedParts): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigurationModule.forRoot(settings),
        DatabaseModule.forRoot(TABLES),
        RedisModule,
        ScheduleModule.forRoot(),
        ...MODULES,
        ConfiguredEndpointsModule.forRoot(settings.passThrough.endpoints),
        ForecastModule,
        OwnRoutesModule.forRoot(shared.lifecycle),
      ],
      providers: [
        { provide: JsonLogger, useValue: shared.logger },
        { provide: KNOWN_ROUTES, inject: [HandlerTable], useFactory: knownRoutes },
        { provide: APP_FILTER, useClass: ErrorFilter },
        { provide: APP_PIPE, useFactory: requestValidationPipe },
        ApiDocumentation,
      ],
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
