import { Injectable } from '@nestjs/common';
import { aliasedModel, forcedModelAt } from '#libs/access';
import { GatehouseError, isGatehouseError } from '#libs/common';
import { SettingsStore, type Settings } from '#libs/config';
import {
  CostAdmission,
  DeploymentAdmission,
  PriceBook,
  type CostRequest,
  type CostReservation,
} from '#libs/spend';
import { NO_MEMBERS } from '../endpoints/request/bodiless-request.js';
import type { Operation } from '../endpoints/request/endpoint.js';
import { requireModelName, type RelayRequest } from '../endpoints/request/relay-request.js';
import { groupForObjects, groupOfObject, NO_OBJECTS } from '../routing/call-objects.js';
import { DeploymentHealthService } from '../routing/deployment-health.service.js';
import { groupForKept } from '../routing/kept-objects.js';
import { requireAnyRegion } from '../routing/end-user-group.js';
import { getCallableGroup, getGroup } from '../routing/model-groups.js';
import { standaloneGroup, type ModelGroup } from '../routing/model-registry.js';
import { servingGroup } from '../routing/serving-group.js';
import { cacheUseOf } from '../cache/cache-use.js';
import { callFallbacksOf, NONE_REQUESTED, requestedFallbacksOf } from './call-fallbacks.js';
import { mayDirectRouting, requestedRetriesOf } from './requested-retries.js';
import { requestedKeepAliveOf } from './requested-keep-alive.js';
import { NO_TIMEOUTS, requestedTimeoutsOf } from './requested-timeouts.js';
import { callOriginOf } from './call-origin.js';
import { CallProgress } from './call-progress.js';
import { noteName } from './decision-notes.js';
import { sizeOf } from './call-size.js';
import { costRequestOf, outputLimiterOf } from './cost-request.js';
import type { Destination } from '../pass-through/destination.js';
import type { PlannedCall, RelayCall, ReservedCall } from './relay-call.js';
import { UpstreamBodies } from './upstream-bodies.js';

/** A call that is refused, or has no deployment that can be tried: the latter may be served by a fallback. */
type Admitted = ReservedCall | GatehouseError;

/** Evaluates a call for every reason to refuse it, before anything is written or sent. */
@Injectable()
export class CallPlanningService {
  /**
   * @param settings the configuration of the moment
   * @param priceBook which deployments have a price
   * @param costs admits the cost of the call
   * @param deployments knows which of them are at a limit
   * @param health knows which of them the last check found unhealthy
   */
  constructor(
    private readonly settings: SettingsStore,
    private readonly priceBook: PriceBook,
    private readonly costs: CostAdmission,
    private readonly deployments: DeploymentAdmission,
    private readonly health: DeploymentHealthService,
  ) {}

  /**
   * Returns what is to be done for a call.
   * @throws GatehouseError `request_invalid`, `model_not_allowed`, `model_unknown`, `operation_unsupported`, `price_unknown`
   */
  plan(endpoint: Operation, call: RelayCall): PlannedCall {
    const { access, state, client } = call;
    const settings = this.settings.current;
    if (!settings.server.sendsLitellmHeaders) client.hideHeaders('x-litellm-');
    client.setHeader('x-litellm-call-id', access.requestId);
    const { objects = NO_OBJECTS } = call;
    const pathModel = objects.inPath?.modelGroup ?? statedModel(endpoint, call, settings);
    const request = withAliases(endpoint.read(state.scan, pathModel, call.measured, call.target), {
      ...call,
      endpoint,
      objects,
    });
    // The guards have evaluated the model already; the relay does not depend on their wiring.
    requireModel(request.model, call);
    const planned = {
      ...call,
      endpoint,
      objects,
      settings,
      request,
      origin: callOriginOf(call.headers, access.tags, request.scan),
      bodies: new UpstreamBodies(endpoint, request, call.headers),
      ...directionsOf(endpoint, { ...call, settings, request }),
      keepAliveSeconds: requestedKeepAliveOf(call.headers, request.scan),
      progress: new CallProgress(),
      cacheUse: isOfModelList(call) ? cacheUseOf({ ...call, endpoint, request, settings }) : null,
    };
    requireRegionOf(endpoint, call);
    const own = call.destination?.group ?? call.ownGroup;
    const served =
      own === undefined
        ? { ...planned, ...this.listed(planned) }
        : { ...planned, group: this.pricedGroup(planned, own), lack: null };
    state.log['model'] = served.group.name;
    noteName(state.trace, request.model ?? served.group.name, served.group);
    return served;
  }

  /**
   * Returns the same call for another model.
   * @param target name of a model, or id of a deployment, that the configuration or a trusted caller names
   * @throws GatehouseError `model_not_allowed`, `model_unknown`, `operation_unsupported`, `price_unknown`
   */
  planFallback(planned: PlannedCall, target: string): PlannedCall {
    const group = getGroup(target, planned.settings);
    if (!planned.access.models.mayUse(target)) throw new GatehouseError('model_not_allowed');
    return { ...planned, ...this.serve(planned, group) };
  }

  /**
   * Reserves the cost of a planned call. The caller must release the reservation exactly once.
   * @returns the error where no deployment of the group can be tried
   * @throws GatehouseError the refusal of the cost admission
   */
  admit(planned: PlannedCall): Admitted | Promise<Admitted> {
    if (planned.lack !== null) return planned.lack;
    const { access, group, settings, endpoint } = planned;
    const { billing } = endpoint;
    const terms = { access, group, settings, size: sizeOf(planned), billing };
    const request = costRequestOf(terms, this.priceBook);
    const limited = { ...planned, outputLimitAt: outputLimiterOf(terms, this.priceBook) };
    const refusal = this.deployments.refusal(request);
    return refusal instanceof Promise
      ? refusal.then((error) => error ?? this.reserve(limited, request))
      : (refusal ?? this.reserve(limited, request));
  }

  /**
   * Reserves the cost of a further part of a connection at one deployment. It counts as a request of its own, and shares the
   * parallel slots of the connection, whose reservation is held. The caller must release the part exactly once.
   * @param part the connection as it was planned, with the size of the part
   * @param held the reservation of the connection
   * @throws GatehouseError the refusal of the cost admission
   */
  async admitPart(part: PlannedCall, held: CostReservation): Promise<CostReservation> {
    const { access, group, settings, endpoint } = part;
    const terms = { access, group, settings, size: sizeOf(part), billing: endpoint.billing };
    return this.costs.admit(costRequestOf(terms, this.priceBook), held);
  }

  /** Returns the deployments of the model list that may serve a call. */
  private listed(
    planned: Omit<PlannedCall, 'group' | 'lack'>,
  ): Pick<PlannedCall, 'group' | 'lack'> {
    const { objects, settings, request, endpoint } = planned;
    if (endpoint.servedBy === 'files') {
      const terms = { settings, billing: endpoint.billing };
      const group = getCallableGroup(groupForKept(planned, settings), terms, this.priceBook);
      return { group, lack: null };
    }
    if (objects.inPath !== null)
      return { group: groupOfObject(objects.inPath, settings), lack: null };
    const group = getGroup(requireModelName(request.model), settings);
    return this.serve(planned, groupForObjects(group, objects, settings));
  }

  private serve(
    { access, settings, endpoint, request }: Omit<PlannedCall, 'group' | 'lack'>,
    group: ModelGroup,
  ): Pick<PlannedCall, 'group' | 'lack'> {
    const inputTokens = (): number => endpoint.estimateInput(request.scan);
    const served = servingGroup(group, { access, settings, endpoint, inputTokens }, this.priceBook);
    return isGatehouseError(served)
      ? { group: { ...group, deployments: [] }, lack: served }
      : { group: this.health.preferredOf(served), lack: null };
  }

  private pricedGroup(
    { endpoint, settings }: Pick<PlannedCall, 'endpoint' | 'settings'>,
    group: Destination['group'],
  ): ModelGroup {
    const terms = { settings, billing: endpoint.billing };
    return getCallableGroup(standaloneGroup(group), terms, this.priceBook);
  }

  private reserve(
    planned: Omit<ReservedCall, 'cost'>,
    request: CostRequest,
  ): ReservedCall | Promise<ReservedCall> {
    const admitted = this.costs.admit(request, planned.progress.lastReservation);
    const reserved = (cost: CostReservation): ReservedCall => ({ ...planned, cost });
    return admitted instanceof Promise ? admitted.then(reserved) : reserved(admitted);
  }
}

/** Where an upstream stands that the model list does not have is not known. */
function requireRegionOf({ servedBy }: Operation, { destination, access }: RelayCall): void {
  if (destination !== undefined || servedBy !== undefined) requireAnyRegion(access);
}

/** Not a call of the gateway for itself, nor one that passes through. */
function isOfModelList({ destination, ownGroup }: RelayCall): boolean {
  return destination === undefined && ownGroup === undefined;
}

/** The model that counts in the place of the body's; `null` for none. */
function statedModel({ route }: Operation, call: RelayCall, { router }: Settings): string | null {
  const forced = isOfModelList(call) ? forcedModelAt(route, router.forcedModels) : null;
  return forced ?? call.pathModel;
}

/** The request with the model that an alias of the caller has in the place of the name. Ids and files name what upstreams have. */
function withAliases(
  request: RelayRequest,
  call: RelayCall & Pick<PlannedCall, 'endpoint' | 'objects'>,
): RelayRequest {
  const { aliases } = call.access.models;
  if (aliases === undefined || request.model === null || !isOfModelList(call)) return request;
  if (call.objects.inPath !== null || call.endpoint.servedBy !== undefined) return request;
  return { ...request, model: aliasedModel(request.model, aliases) };
}

/** A request that calls no model needs no grant of one. */
function requireModel(
  model: string | null,
  { access, destination }: Pick<RelayCall, 'access' | 'destination'>,
): void {
  if (model === null) return;
  const isOpen = destination?.isOpenedByRoute === true || access.models.mayUse(model);
  if (!isOpen) throw new GatehouseError('model_not_allowed');
}

/** What the configuration and a trusted caller say about attempts. A body that passes through is that of its provider. */
function directionsOf(
  endpoint: Operation,
  call: RelayCall & Pick<PlannedCall, 'settings' | 'request'>,
): Pick<PlannedCall, 'fallbacks' | 'requestedRetries' | 'requestedTimeouts'> {
  const { access, settings, request, headers, destination } = call;
  if (!mayDirectRouting(access, settings.router)) {
    return {
      fallbacks: callFallbacksOf(settings, endpoint, call, NONE_REQUESTED),
      requestedRetries: null,
      requestedTimeouts: NO_TIMEOUTS,
    };
  }
  return {
    fallbacks: callFallbacksOf(settings, endpoint, call, requestedFallbacksOf(request.scan)),
    requestedRetries: requestedRetriesOf(headers, request.scan),
    requestedTimeouts: requestedTimeoutsOf(
      headers,
      destination === undefined ? request.scan : NO_MEMBERS,
    ),
  };
}
