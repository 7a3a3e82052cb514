import { Injectable } from '@nestjs/common';
import { Clock, GatehouseError, type PicoUsd } from '#libs/common';
import type { DeploymentSettings, Settings } from '#libs/config';
import {
  DeploymentAdmission,
  PriceBook,
  billingWayOf,
  billsTokens,
  costOfUsage,
  type Billing,
  type CostRequest,
} from '#libs/spend';
import type { CallObjects } from './call-objects.js';
import { chooseDeployment } from './deployment-choice.js';
import { DeploymentStatesService } from './deployment-states.service.js';
import { DeploymentVisit } from './deployment-visit.js';
import { leftOutOf, refusalOfLeftOut, unavailableFor } from './left-out.js';
import type { ModelGroup } from './model-registry.js';
import { Attempts } from './retries.js';
import { limitedTo, retryLimitOf } from './retry-limits.js';
import { STRATEGIES } from './strategies/index.js';
import type { RoutingFacts } from './strategies/routing-strategy.js';

/** A call whose deployment is chosen. */
export interface RoutedCall {
  readonly settings: Pick<Settings, 'router'>;
  readonly group: ModelGroup;
  readonly cost: { readonly request: CostRequest };
  readonly request: { readonly isStream: boolean; readonly serviceTier: string | null };
  readonly endpoint: { readonly billing: Billing; readonly maxRetries?: number };
  /** Retries that a trusted caller asks for; `null` for none. */
  readonly requestedRetries: number | null;
  /** An object in its path is at one deployment, which is not left out then. */
  readonly objects: Pick<CallObjects, 'inPath'>;
  /** Set for a call of the gateway itself to a deployment of its choice, which is not left out then. */
  readonly ownGroup?: object;
}

/** Expected of an output without a bound, to compare costs. About 750 words. */
const USUAL_OUTPUT_TOKENS = 1_024;

/** Chooses the deployments of a call by the strategy of the router, and refuses a call for which none is left. */
@Injectable()
export class DeploymentRoutingService {
  /**
   * @param states what was seen of deployments until now
   * @param deployments knows which are at a limit, and their shared counters
   * @param clock the time of day, for prices
   */
  constructor(
    private readonly states: DeploymentStatesService,
    private readonly deployments: DeploymentAdmission,
    private readonly priceBook: PriceBook,
    private readonly clock: Clock,
  ) {}

  /** Returns the attempts of a call at the deployments of its group. */
  attemptsOf(call: RoutedCall): Attempts {
    const { settings, group, endpoint, requestedRetries, ownGroup, objects } = call;
    const { router } = settings;
    const rules = {
      strategy: STRATEGIES[router.strategy],
      facts: this.factsOf(call),
      isLeftOut: (one: DeploymentSettings): boolean =>
        ownGroup === undefined && objects.inPath === null && this.states.coolDownOf(one) !== null,
    };
    return new Attempts(group.deployments, {
      choose: (candidates) => chooseDeployment(candidates, rules),
      retryLimit: limitedTo(
        endpoint.maxRetries,
        retryLimitOf(router, group.configuredAs, requestedRetries),
      ),
      leastPauseMs: router.retryAfterSeconds * 1_000,
    });
  }

  /** Counts an attempt of a call at a deployment until it has ended. */
  visit({ request, endpoint }: RoutedCall, deployment: DeploymentSettings): DeploymentVisit {
    const billsOutput = endpoint.billing.some((way) => way.includes('output'));
    const whole = billsOutput ? 'per-token' : 'whole';
    return new DeploymentVisit(this.states, deployment, request.isStream ? 'first-byte' : whole);
  }

  /** Returns why deployments of a group are left out now, a phrase for each. */
  leftOutOf(group: ModelGroup): string[] {
    return leftOutOf(group, this.states);
  }

  /** Returns the refusal of a call of which no deployment was tried: each is left out, or at a limit. */
  async refusalOfAll({ group, cost }: RoutedCall): Promise<GatehouseError> {
    const refusal =
      refusalOfLeftOut(group, this.states) ?? (await this.deployments.refusal(cost.request));
    if (refusal !== null) return refusal;
    const coolDowns = group.deployments.flatMap((one) => this.states.coolDownOf(one) ?? []);
    return coolDowns.length === 0
      ? new GatehouseError('rate_limited', { retryAfterSeconds: 1, isByLimit: true })
      : unavailableFor(Math.min(...coolDowns.map(({ leftMs }) => leftMs)));
  }

  private factsOf(call: RoutedCall): RoutingFacts {
    const { settings, group, request } = call;
    const { ttlSeconds, buffer } = settings.router.latency;
    const ttlMs = ttlSeconds * 1_000;
    return {
      random: Math.random,
      inFlight: (one) => this.states.inFlight(one),
      latencyMs: (one) =>
        request.isStream
          ? this.states.latencyMs(one, 'first-byte', ttlMs)
          : (this.states.latencyMs(one, 'per-token', ttlMs) ??
            this.states.latencyMs(one, 'whole', ttlMs)),
      latencyBuffer: buffer,
      tokensInMinute: (one) => this.tokensInMinute(one, group),
      costPico: (one) => this.costOf(one, call),
    };
  }

  /** All deployments of a group are compared by the same counters: those of all replicas where every one has them. */
  private tokensInMinute(deployment: DeploymentSettings, { deployments }: ModelGroup): number {
    const isShared = deployments.every((one) => this.deployments.tokensInMinute(one) !== null);
    const shared = isShared ? this.deployments.tokensInMinute(deployment) : null;
    return shared ?? this.states.tokensInMinute(deployment);
  }

  /** The bound of the cost; without a bound on the output in tokens, an estimate. */
  private costOf(
    deployment: DeploymentSettings,
    { cost, request, endpoint }: RoutedCall,
  ): PicoUsd | null {
    const { bounds, unpriced, outputTokensBound, estimateInputTokens } = cost.request;
    const prices = this.priceBook.find(deployment);
    if (prices === null || unpriced.has(deployment)) return null;
    if (outputTokensBound !== null || !billsTokens(billingWayOf(prices, endpoint.billing)))
      return bounds.get(deployment) ?? null;
    const usage = {
      inputTokens: estimateInputTokens(),
      cachedInputTokens: 0,
      outputTokens: USUAL_OUTPUT_TOKENS,
    };
    return costOfUsage(prices, usage, { serviceTier: request.serviceTier, at: this.clock.now() });
  }
}
