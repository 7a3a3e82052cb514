import { Injectable } from '@nestjs/common';
import { calcPrice, type ModelPrice } from '@pydantic/genai-prices';
import { LRUCache } from 'lru-cache';
import { Clock, decimalOfNumber, type ExactDecimal } from '#libs/common';
import type { DeploymentSettings, TokenPrices } from '#libs/config';

/** List prices may depend on the time of day, so an answer is kept for a minute only. */
const CACHE_MS = 60_000;
/** Bounded, because a model group with a star lets clients name models. */
const CACHED_MODELS = 1_000;
/** A price per million tokens has six more decimals as a price per token. */
const PER_MILLION_SCALE = 6;

/** LiteLLM's provider prefixes that the price list does not know under the same name. */
const LIST_PROVIDERS: ReadonlyMap<string, string> = new Map([
  ['together_ai', 'together'],
  ['fireworks_ai', 'fireworks'],
  ['xai', 'x-ai'],
  ['moonshot', 'moonshotai'],
  ['codestral', 'mistral'],
]);

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
  private readonly listPrices = new LRUCache<string, CachedPrices>({ max: CACHED_MODELS });

  constructor(private readonly clock: Clock) {}

  /**
   * Prices per token of a deployment.
   * @param deployment where the call goes; found in the list by provider and `base_model`, else by
   * the upstream's model name
   * @returns `null` when nothing is known. A member that is absent is not known (see `isPricedFor`).
   */
  find(deployment: DeploymentSettings): TokenPrices | null {
    const { prices: own } = deployment;
    if (own?.input !== undefined && own.output !== undefined) return own;
    const list = this.listPricesOf(deployment);
    if (own === null || list === null) return own ?? list;
    const { cachedInput, ...rest } = list;
    // The list's price of a cached token belongs to the list's price of an input token.
    const isCachedOfList = own.input === undefined && cachedInput !== undefined;
    return { ...rest, ...(isCachedOfList ? { cachedInput } : {}), ...own };
  }

  private listPricesOf(deployment: DeploymentSettings): TokenPrices | null {
    const names = [deployment.baseModel, deployment.upstreamModel];
    for (const name of names) {
      if (name === null) continue;
      const prices = this.cachedListPrices(deployment.provider, name);
      if (prices !== null) return prices;
    }
    return null;
  }

  private cachedListPrices(provider: string, model: string): TokenPrices | null {
    const key = `${provider}\n${model}`;
    const nowMs = this.clock.nowMs();
    const cached = this.listPrices.get(key);
    if (cached !== undefined && nowMs < cached.untilMs) return cached.prices;
    const prices = findListPrices(provider, model, this.clock.now());
    this.listPrices.set(key, { prices, untilMs: nowMs + CACHE_MS });
    return prices;
  }
}

/** Looks for the model as it stands, then for `provider/model` taken apart, as `base_model` is often written. */
function findListPrices(provider: string, model: string, at: Date): TokenPrices | null {
  const found = listPrice(provider, model, at);
  if (found !== null) return found;
  const slash = model.indexOf('/');
  return slash <= 0 ? null : listPrice(model.slice(0, slash), model.slice(slash + 1), at);
}

function listPrice(provider: string, model: string, timestamp: Date): TokenPrices | null {
  const providerId = LIST_PROVIDERS.get(provider) ?? provider;
  try {
    const found = calcPrice({ input_tokens: 1, output_tokens: 1 }, model, {
      providerId,
      timestamp,
    });
    return found === null ? null : toTokenPrices(found.model_price);
  } catch {
    // The list throws for entries that it cannot compute with. That price is then unknown, which
    // `gatehouse.spend.unpriced_models` decides about.
    return null;
  }
}

function toTokenPrices(price: ModelPrice): TokenPrices | null {
  const input = perToken(price['input_mtok']);
  const output = perToken(price['output_mtok']);
  const cachedInput = perToken(price['cache_read_mtok']);
  if (input === undefined && output === undefined) return null;
  return {
    ...(input === undefined ? {} : { input }),
    ...(output === undefined ? {} : { output }),
    ...(cachedInput === undefined ? {} : { cachedInput }),
  };
}

function perToken(perMillion: ModelPrice[string]): ExactDecimal | undefined {
  if (perMillion === undefined) return undefined;
  const dollars = typeof perMillion === 'number' ? perMillion : perMillion.base;
  const { coefficient, scale } = decimalOfNumber(dollars);
  return { coefficient, scale: scale + PER_MILLION_SCALE };
}
