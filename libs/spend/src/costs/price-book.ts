import { Injectable } from '@nestjs/common';
import { Clock, memoizeByObject } from '#libs/common';
import type { DeploymentSettings, TokenPrices } from '#libs/config';
import { isListedAddress, listPrice } from './list-prices.js';

/** List prices may depend on the time of day, so an answer is kept for a minute only. */
const CACHE_MS = 60_000;

interface CachedPrices {
  readonly prices: TokenPrices | null;
  readonly untilMs: number;
}

/**
 * What a token costs at a deployment: the deployment's own prices, completed by the list prices of
 * `@pydantic/genai-prices` for its provider and model. Exact decimals throughout.
 *
 * Where the list has tiers by length of the input, the base tier counts: a very long call is priced
 * too low then, and wants prices of its own in the configuration.
 */
@Injectable()
export class PriceBook {
  private readonly completed = memoizeByObject((own: TokenPrices) =>
    memoizeByObject((list: TokenPrices) => completedPrices(own, list)),
  );
  private readonly listPrices = new WeakMap<DeploymentSettings, CachedPrices>();

  constructor(private readonly clock: Clock) {}

  /**
   * Prices per token of a deployment.
   * @param deployment where the call goes; found in the list by `base_model`, else by provider, address and
   * the upstream's model name, variant included
   * @returns `null` when nothing is known, else the same object while the prices stay. A member that is absent is not
   * known (see `isPricedFor`).
   */
  find(deployment: DeploymentSettings): TokenPrices | null {
    const { prices: own } = deployment;
    if (own?.input !== undefined && own.output !== undefined) return own;
    const list = this.listPricesOf(deployment);
    return own === null || list === null ? (own ?? list) : this.completed(own)(list);
  }

  private listPricesOf(deployment: DeploymentSettings): TokenPrices | null {
    const nowMs = this.clock.nowMs();
    const cached = this.listPrices.get(deployment);
    if (cached !== undefined && nowMs < cached.untilMs) return cached.prices;
    const prices = findListPrices(deployment, this.clock.now());
    this.listPrices.set(deployment, { prices, untilMs: nowMs + CACHE_MS });
    return prices;
  }
}

function completedPrices(own: TokenPrices, list: TokenPrices): TokenPrices {
  const { cachedInput, ...rest } = list;
  // The list's price of a cached token belongs to the list's price of an input token.
  const isCachedOfList = own.input === undefined && cachedInput !== undefined;
  return { ...rest, ...(isCachedOfList ? { cachedInput } : {}), ...own };
}

/** `base_model` is the operator's own word for the list's entry, and may name the provider of it. */
function findListPrices(
  { provider, upstreamModel, baseModel, apiBase }: DeploymentSettings,
  at: Date,
): TokenPrices | null {
  const named = baseModel === null ? null : listPriceOfBase(provider, baseModel, at);
  if (named !== null) return named;
  // The name that another server gives to a model says nothing about its price.
  return isListedAddress(provider, apiBase) ? listPrice(provider, upstreamModel, at) : null;
}

function listPriceOfBase(provider: string, model: string, at: Date): TokenPrices | null {
  const slash = model.indexOf('/');
  return (
    listPrice(provider, model, at) ??
    (slash <= 0 ? null : listPrice(model.slice(0, slash), model.slice(slash + 1), at))
  );
}
