import { Module, type DynamicModule } from '@nestjs/common';
import type { ConfiguredEndpoint } from '#libs/access';
import { ObjectsModule } from '#libs/objects';
import { SpendModule } from '#libs/spend';
import { BatchAdmissionsService } from './relay/batch-admissions.service.js';
import { BatchStartsService } from './relay/batch-starts.service.js';
import { BatchSettlementsService } from './settlement/batch-settlements.service.js';
import { ResponseSettlementsService } from './settlement/response-settlements.service.js';
import { KeptListsController } from './files/kept-lists.controller.js';
import { KeptListsService } from './files/kept-lists.service.js';
import { UpstreamFilesService } from './settlement/upstream-files.service.js';
import { EventLoggingController } from './endpoints/anthropic/event-logging.controller.js';
import { SettingsStore } from '#libs/config';
import { trustedAuthorities } from '#libs/network';
import { CacheController } from './cache/cache.controller.js';
import { CacheConnection } from './cache/redis-responses.js';
import { ResponseStoreService } from './cache/response-store.service.js';
import { SigningTransport } from './clouds/signing-transport.service.js';
import { CallObjectsService } from './planning/call-objects.service.js';
import { AttemptAccounting } from './settlement/attempt-accounting.js';
import { CachedResponsesService } from './relay/cached-responses.service.js';
import { CallPlanningService } from './planning/call-planning.service.js';
import { DeploymentCallService } from './relay/deployment-call.service.js';
import { EarlierCallsService } from './relay/earlier-calls.service.js';
import { ENDPOINT_CONTROLLERS } from './relay/endpoint-controllers.js';
import { GroupRelayService } from './relay/group-relay.service.js';
import { HitAccounting } from './relay/hit-accounting.js';
import { UnsettledCalls } from './relay/unsettled-calls.js';
import { HealthChecksController } from './health/health-checks.controller.js';
import { HealthChecksService } from './health/health-checks.service.js';
import { HealthProbeService } from './health/health-probe.service.js';
import { DeploymentHealthService } from './routing/deployment-health.service.js';
import { GoogleModelsController } from './models/google-models.controller.js';
import { ModelInfoController } from './models/model-info.controller.js';
import { ModelLists } from './models/model-lists.service.js';
import { ModelsController } from './models/models.controller.js';
import { DeploymentRoutingService } from './routing/deployment-routing.service.js';
import { DEPLOYMENT_STATES } from './routing/deployment-states.service.js';
import { endpointsController, PassThroughController } from './relay/pass-through.controller.js';
import { PassThroughService } from './relay/pass-through.service.js';
import { RelayPreflight } from './planning/relay-preflight.js';
import { RelayService } from './relay/relay.service.js';
import { RealtimeController } from './realtime/realtime.controller.js';
import { RealtimeRelayService } from './realtime/realtime-relay.service.js';
import { ResponseCoversService } from './realtime/response-covers.service.js';
import { UndiciTransport } from './upstream/undici-transport.js';
import { UpstreamTransport } from './upstream/upstream-call.js';
import { UpstreamSockets } from './upstream/upstream-sockets.js';
import { UsageRefusals } from './upstream/refusals.js';

/** The relay: routes of the model APIs in front of the configured deployments. */
@Module({
  imports: [SpendModule, ObjectsModule],
  controllers: [
    ...ENDPOINT_CONTROLLERS,
    ModelsController,
    GoogleModelsController,
    ModelInfoController,
    HealthChecksController,
    EventLoggingController,
    KeptListsController,
    // Before the prefix /openai.
    RealtimeController,
    PassThroughController,
    CacheController,
  ],
  providers: [
    {
      provide: CacheConnection,
      inject: [SettingsStore],
      useFactory: ({ current }: SettingsStore) =>
        new CacheConnection(current.responseCache?.redisUrl ?? null, () =>
          trustedAuthorities(current.network),
        ),
    },
    ResponseStoreService,
    HitAccounting,
    CachedResponsesService,
    EarlierCallsService,
    CallPlanningService,
    CallObjectsService,
    UpstreamFilesService,
    BatchAdmissionsService,
    BatchStartsService,
    BatchSettlementsService,
    ResponseSettlementsService,
    KeptListsService,
    ModelLists,
    GroupRelayService,
    DeploymentHealthService,
    HealthProbeService,
    HealthChecksService,
    RelayService,
    PassThroughService,
    DeploymentCallService,
    DeploymentRoutingService,
    DEPLOYMENT_STATES,
    RelayPreflight,
    AttemptAccounting,
    { provide: UpstreamTransport, useClass: UndiciTransport },
    UsageRefusals,
    UnsettledCalls,
    UpstreamSockets,
    SigningTransport,
    ResponseCoversService,
    RealtimeRelayService,
  ],
  exports: [UnsettledCalls, RelayPreflight, PassThroughService],
})
export class ProxyModule {}

/** The routes of `general_settings.pass_through_endpoints`. */
@Module({})
export class ConfiguredEndpointsModule {
  /**
   * Returns the module with the routes of endpoints.
   * @param endpoints those of the configuration at the start
   */
  static forRoot(endpoints: readonly ConfiguredEndpoint[]): DynamicModule {
    return {
      module: ConfiguredEndpointsModule,
      imports: [ProxyModule],
      controllers: [endpointsController(endpoints)],
    };
  }
}

/** The module and the tables of this library, for the composition root. */
export const PROXY_LIBRARY = { module: ProxyModule, entities: [] };
