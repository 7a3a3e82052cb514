import { Injectable } from '@nestjs/common';
import { aliasedModel, type AdmittedCall, type HandlerPreflight } from '#libs/access';
import { GatehouseError, isGatehouseError } from '#libs/common';
import { SettingsStore, type Settings } from '#libs/config';
import { CostAdmission, DeploymentAdmission, PriceBook } from '#libs/spend';
import { bodilessRequest, emptyBody, NO_MEMBERS } from '../endpoints/request/bodiless-request.js';
import type { Operation } from '../endpoints/request/endpoint.js';
import { endpointAt } from '../endpoints/index.js';
import { realtime } from '../endpoints/openai/realtime.operation.js';
import { requireModelName } from '../endpoints/request/relay-request.js';
import { foreseenBatch } from './batch-forecast.js';
import { CallObjectsService } from './call-objects.service.js';
import { callFallbacksOf } from './call-fallbacks.js';
import { FIXED_SIZE, sizeOf, UNKNOWN_SIZE, type CallSize } from './call-size.js';
import { costRequestOf } from './cost-request.js';
import { noteFallbacks, noteName, notePassedOver, noteStrategy } from './decision-notes.js';
import { requireCallableGroup } from '../models/callable-models.js';
import { groupForObjects, groupOfObject, type CallObjects } from '../routing/call-objects.js';
import { DeploymentStatesService } from '../routing/deployment-states.service.js';
import { groupForKept } from '../routing/kept-objects.js';
import { leftOutOf, refusalOfLeftOut } from '../routing/left-out.js';
import { FallbackChain } from '../routing/fallback-chain.js';
import { passThroughPlanOf, type PassThroughPlan } from '../pass-through/pass-through-plan.js';
import { requireAnyRegion } from '../routing/end-user-group.js';
import { getCallableGroup, getGroup } from '../routing/model-groups.js';
import { standaloneGroup, type ModelGroup } from '../routing/model-registry.js';
import { servingGroup } from '../routing/serving-group.js';
import { UpstreamBodies } from './upstream-bodies.js';

const ONE_MODEL = /^(?:\/models\/([^/]+)|\/v1beta\/models\/(.+))$/;

/** A call of a model, as far as it is known beforehand. */
interface AskedCall extends Pick<AdmittedCall, 'access' | 'trace'> {
  readonly settings: Settings;
  readonly endpoint: Operation;
  readonly group: ModelGroup;
  readonly objects: CallObjects;
}

/** What the relay would say to a call of one group. */
interface GroupForecast {
  /** `null` where it would try its deployments. */
  readonly refusal: GatehouseError | null;
  /** Whether a fallback would be tried in its place. */
  readonly mayFallBack: boolean;
}

/** Says what the relay would refuse, by the functions that the relay itself uses. Calls no upstream and reserves no cost. */
@Injectable()
export class RelayPreflight implements Pick<HandlerPreflight, 'evaluate'> {
  /**
   * @param settings the configuration of the moment
   * @param priceBook which deployments have a price
   * @param states which deployments are left out after failures
   */
  constructor(
    private readonly settings: SettingsStore,
    private readonly priceBook: PriceBook,
    private readonly costs: CostAdmission,
    private readonly deployments: DeploymentAdmission,
    private readonly states: DeploymentStatesService,
    private readonly objects: CallObjectsService,
  ) {}

  /**
   * Evaluates the model and the cost of a call, on the routes of the relay, and notes its fallbacks. Where it has a body
   * its size is not known, so the cost is that of a call without a bound on its output.
   * @param call a call that the guards have let pass
   * @returns `request_invalid`, `model_unknown`, `model_not_allowed`, `operation_unsupported`, `no_deployment_available`, `price_unknown`, `not_found`, the refusal
   * of all deployments or of the cost admission, or `null`
   */
  async evaluate(call: AdmittedCall): Promise<GatehouseError | null> {
    try {
      const { current: settings } = this.settings;
      const passed = passThroughPlanOf(call.route, call.body, settings);
      if (passed !== null) return await this.evaluatePassed(passed, call, settings);
      const asked = await this.askedOf(call);
      if (asked === null) return null;
      const { refusal, mayFallBack } = await this.evaluateGroup(asked);
      if (refusal !== null && !mayFallBack) return refusal;
      const fallbacks = await this.fallbacksOf(asked);
      noteFallbacks(call.trace, fallbacks);
      return fallbacks.length > 0 ? null : refusal;
    } catch (error) {
      if (isGatehouseError(error)) return error;
      throw error;
    }
  }

  /** A call that passes through has one deployment and no fallback. */
  private async evaluatePassed(
    { target, group, billing }: PassThroughPlan,
    { access }: AdmittedCall,
    settings: Settings,
  ): Promise<GatehouseError | null> {
    requireAnyRegion(access);
    const terms = { settings, billing };
    const priced = getCallableGroup(standaloneGroup(group), terms, this.priceBook);
    const size = target.costPerRequest === null ? UNKNOWN_SIZE : FIXED_SIZE;
    const costed = { access, settings, billing, size, group: priced };
    const request = costRequestOf(costed, this.priceBook);
    return (await this.deployments.refusal(request)) ?? (await this.costs.wouldRefuse(request));
  }

  /** Returns what a call asks for; `null` on a route that calls no model. */
  private async askedOf(call: AdmittedCall): Promise<AskedCall | null> {
    const { route, access } = call;
    const { method, path } = route;
    const settings = this.settings.current;
    const endpoint = endpointAt(route) ?? socketAt(method, path);
    if (endpoint !== null) return this.askedAt(endpoint, call);
    const [, one, ofGoogle] = (method === 'GET' ? ONE_MODEL.exec(path) : null) ?? [];
    const named = one ?? ofGoogle;
    const { priceBook } = this;
    if (named !== undefined)
      requireCallableGroup(decodeURIComponent(named), access, { settings, priceBook });
    return null;
  }

  private async askedAt(
    endpoint: Operation,
    { route, access, body, trace }: AdmittedCall,
  ): Promise<AskedCall> {
    const settings = this.settings.current;
    const objects = await this.objects.of(endpoint, { path: route.path, body, caller: access });
    const asked = { access, trace, settings, endpoint, objects };
    if (endpoint.servedBy === 'files') {
      requireAnyRegion(access);
      const model = namedModel(body);
      const request = { scan: NO_MEMBERS, model };
      const group = groupForKept({ access, objects, target: '', headers: {}, request }, settings);
      const kept = { ...asked, group };
      return endpoint.batch === 'starts' ? foreseenBatch(kept, model, this.priceBook) : kept;
    }
    if (objects.inPath !== null) {
      if (!access.models.mayUse(objects.inPath.modelGroup))
        throw new GatehouseError('model_not_allowed');
      return { ...asked, group: groupOfObject(objects.inPath, settings) };
    }
    const named = requireModelName(route.model ?? body?.value('model'));
    const model = aliasedModel(named, access.models.aliases);
    const group = groupForObjects(getGroup(model, settings), objects, settings);
    noteName(trace, model, group);
    return { ...asked, group };
  }

  private async evaluateGroup({ group, trace, ...asked }: AskedCall): Promise<GroupForecast> {
    const { access, settings, endpoint, objects } = asked;
    const { billing } = endpoint;
    const terms = { access, settings, endpoint, inputTokens: null };
    const isBound = objects.inPath !== null || endpoint.servedBy !== undefined;
    const served = isBound ? group : servingGroup(group, terms, this.priceBook);
    if (isGatehouseError(served)) return { refusal: served, mayFallBack: true };
    noteStrategy(trace, settings.router.strategy, served, leftOutOf(served, this.states));
    const costed = { access, settings, billing, size: sizeKnownOf(endpoint, group), group: served };
    const request = costRequestOf(costed, this.priceBook);
    const leftOut = isBound ? null : refusalOfLeftOut(served, this.states);
    const full = leftOut ?? (await this.deployments.refusal(request));
    if (full !== null) return { refusal: full, mayFallBack: true };
    return { refusal: await this.costs.wouldRefuse(request), mayFallBack: false };
  }

  /** Returns the models that would be tried one after the other if each failed. */
  private async fallbacksOf(asked: AskedCall): Promise<readonly string[]> {
    const chain = new FallbackChain(
      callFallbacksOf(asked.settings, asked.endpoint, { objects: asked.objects }),
      asked.group,
    );
    const tried: string[] = [];
    chain.failed(asked.group, 'general');
    for (let target = chain.next(0); target !== null; target = chain.next(tried.length)) {
      const group = await this.usableFallback(asked, target, chain);
      if (group === null) continue;
      tried.push(group.name);
      chain.failed(group, 'general');
    }
    return tried;
  }

  private async usableFallback(
    asked: AskedCall,
    target: string,
    chain: FallbackChain,
  ): Promise<ModelGroup | null> {
    try {
      const group = getGroup(target, asked.settings);
      if (!asked.access.models.mayUse(target)) throw new GatehouseError('model_not_allowed');
      if (!chain.enter(group)) return null;
      const { refusal } = await this.evaluateGroup({ ...asked, group });
      if (refusal === null) return group;
      throw refusal;
    } catch (error) {
      if (!isGatehouseError(error)) throw error;
      notePassedOver(asked.trace, target, error);
      return null;
    }
  }
}

/** The model of the requests in a file. */
function namedModel(body: AdmittedCall['body']): string | null {
  const model = body?.value('model');
  return typeof model === 'string' ? model : null;
}

/** The size of a call whose body, where it has one, is not known. */
function sizeKnownOf(endpoint: Operation, { name }: ModelGroup): CallSize {
  if (endpoint.body !== emptyBody) return UNKNOWN_SIZE;
  const request = bodilessRequest(name);
  return sizeOf({ endpoint, request, bodies: new UpstreamBodies(endpoint, request) });
}

function socketAt(method: string, path: string): Operation | null {
  return method === 'GET' && path === realtime.route ? realtime : null;
}
