import { Injectable } from '@nestjs/common';
import { Clock, memoizeByObject, type ExactDecimal } from '#libs/common';
import type {
  DeploymentSettings,
  ModelPrices,
  PriceAdjustment,
  PricedUnit,
  UnitPrices,
} from '#libs/config';
import { isListedAddress, listedModel, listedModelNames, type ListedModel } from './list-prices.js';
import { CACHED_DETAILS, INPUT_DETAILS, OUTPUT_DETAILS } from './usage-units.js';

/** List prices may depend on the time of day, so an answer is kept for a minute only. */
const CACHE_MS = 60_000;

interface CachedModel {
  readonly model: ListedModel | null;
  readonly untilMs: number;
}

/**
 * What a token costs at a deployment: the deployment's own prices, completed by the list prices of
 * `@pydantic/genai-prices` for its provider and model. Exact decimals throughout.
 */
@Injectable()
export class PriceBook {
  private readonly completed = memoizeByObject((own: ModelPrices) =>
    memoizeByObject((list: ModelPrices) => completedPrices(own, list)),
  );
  private readonly adjusted = memoizeByObject((adjustment: PriceAdjustment) =>
    memoizeByObject((prices: ModelPrices): ModelPrices => ({ ...prices, adjustment })),
  );
  private readonly listed = new WeakMap<DeploymentSettings, CachedModel>();

  constructor(private readonly clock: Clock) {}

  /**
   * Prices per token of a deployment.
   * @param deployment where the call goes; found in the list by `base_model`, else by provider, address and
   * the upstream's model name, variant included
   * @returns `null` when nothing is known, else the same object while the prices stay. A member that is absent is not
   * known (see `isPricedFor`).
   */
  find(deployment: DeploymentSettings): ModelPrices | null {
    const { adjustment } = deployment;
    const prices = this.pricesOf(deployment);
    return adjustment === null || prices === null ? prices : this.adjusted(adjustment)(prices);
  }

  /**
   * Returns the most tokens that the input of a call can have at a deployment: `model_info.max_input_tokens`, else the length
   * of the context in the list; `null` where neither is known.
   */
  contextTokens(deployment: DeploymentSettings): number | null {
    return deployment.maxInputTokens ?? this.listedModelOf(deployment)?.contextTokens ?? null;
  }

  /** Returns the names of the models in the list that the provider of a deployment has, at its own address alone. */
  listedNames({ provider, apiBase }: DeploymentSettings): readonly string[] {
    return isListedAddress(provider, apiBase) ? listedModelNames(provider) : [];
  }

  private pricesOf(deployment: DeploymentSettings): ModelPrices | null {
    const { prices: own } = deployment;
    if (own?.input !== undefined && own.output !== undefined) return own;
    const list = this.listedModelOf(deployment)?.prices ?? null;
    return own === null || list === null ? (own ?? list) : this.completed(own)(list);
  }

  private listedModelOf(deployment: DeploymentSettings): ListedModel | null {
    const nowMs = this.clock.nowMs();
    const cached = this.listed.get(deployment);
    if (cached !== undefined && nowMs < cached.untilMs) return cached.model;
    const model = findListedModel(deployment, this.clock.now());
    this.listed.set(deployment, { model, untilMs: nowMs + CACHE_MS });
    return model;
  }
}

/** The list's prices of special tokens belong to its price of plain ones, which the deployment may have replaced. */
function completedPrices(own: ModelPrices, list: ModelPrices): ModelPrices {
  const replaced = [
    ...(own.input === undefined
      ? []
      : (['input', 'cachedInput', ...CACHED_DETAILS, ...INPUT_DETAILS] as const)),
    ...(own.output === undefined ? [] : (['output', ...OUTPUT_DETAILS] as const)),
  ];
  const { tiers = [], factors, ...base } = list;
  const left = tiers
    .map(({ above, prices }) => ({ above, prices: without(prices, replaced) }))
    .filter(({ prices }) => Object.keys(prices).length > 0);
  return {
    ...without(base, replaced),
    ...(left.length === 0 ? {} : { tiers: left }),
    ...own,
    ...(factors === undefined ? {} : { factors: { ...factors, ...own.factors } }),
  };
}

function without(prices: UnitPrices, units: readonly PricedUnit[]): UnitPrices {
  const entries = Object.entries(prices) as [PricedUnit, ExactDecimal][];
  return Object.fromEntries(entries.filter(([unit]) => !units.includes(unit)));
}

/** `base_model` is the operator's own word for the list's entry, and may name the provider of it. */
function findListedModel(
  { provider, upstreamModel, baseModel, apiBase }: DeploymentSettings,
  at: Date,
): ListedModel | null {
  const named = baseModel === null ? null : listedBase(provider, baseModel, at);
  if (named !== null) return named;
  // The name that another server gives to a model says nothing about its price.
  return isListedAddress(provider, apiBase) ? listedModel(provider, upstreamModel, at) : null;
}

function listedBase(provider: string, model: string, at: Date): ListedModel | null {
  const slash = model.indexOf('/');
  return (
    listedModel(provider, model, at) ??
    (slash <= 0 ? null : listedModel(model.slice(0, slash), model.slice(slash + 1), at))
  );
}
