import { times, type ExactDecimal } from '#libs/common';
import type { ModelPrices, UnitPrices } from '#libs/config';

const CLAUDE = /claude/i;
const TWO: ExactDecimal = { coefficient: 2n, scale: 0 };

/** What inference in one place costs more, for every kind of token: https://platform.claude.com/docs/en/manage-claude/data-residency. */
const PLACE_FACTORS: ReadonlyMap<string, NonNullable<ModelPrices['factors']>> = new Map([
  ['anthropic', { us: { coefficient: 11n, scale: 1 } }],
]);

/**
 * Returns prices of the list with what providers document and the list leaves out: the factors of places at Anthropic, and cache writes
 * for an hour of Anthropic's models at other providers, which cost twice the input everywhere.
 * https://platform.claude.com/docs/en/about-claude/pricing
 * @param provider LiteLLM's prefix
 * @param model the list's name of the model
 */
export function withAdditions(prices: ModelPrices, provider: string, model: string): ModelPrices {
  const factors = PLACE_FACTORS.get(provider);
  const whole = CLAUDE.test(model) ? withHourWrites(prices) : prices;
  return factors === undefined ? whole : { ...whole, factors };
}

function withHourWrites(prices: ModelPrices): ModelPrices {
  if (prices.cacheWrite === undefined || prices.cacheWriteHour !== undefined) return prices;
  const tiers = prices.tiers?.map((tier) => ({ ...tier, prices: withHour(tier.prices) }));
  return { ...prices, ...withHour(prices), ...(tiers === undefined ? {} : { tiers }) };
}

function withHour(prices: UnitPrices): UnitPrices {
  return prices.input === undefined
    ? prices
    : { ...prices, cacheWriteHour: times(prices.input, TWO) };
}
