import { memoizeByObject, times, type ExactDecimal } from '#libs/common';
import type { LengthPrices, ModelPrices, PricedUnit, PriceTier, UnitPrices } from '#libs/config';
import { PRICED_UNITS } from './usage-units.js';

const HALF: ExactDecimal = { coefficient: 5n, scale: 1 };

/**
 * Returns the prices of requests in a batch: those whose names end in `_batches` and, for every unit without one, half of its
 * standard price, as LiteLLM has it and as providers of batches charge. Discount and margin stay; hours of the day do not
 * count, because it is not known when the upstream works on a batch.
 */
export const batchPricesOf = memoizeByObject((prices: ModelPrices): ModelPrices => {
  const listed: LengthPrices = prices.serviceTiers?.batches ?? {};
  const tiers = batchTiersOf(prices.tiers ?? [], listed.tiers ?? []);
  return {
    ...halved(prices),
    ...unitsOf(listed),
    ...(tiers.length === 0 ? {} : { tiers }),
    ...(prices.factors === undefined ? {} : { factors: prices.factors }),
    ...(prices.adjustment === undefined ? {} : { adjustment: prices.adjustment }),
  };
});

function batchTiersOf(
  standard: readonly PriceTier[],
  listed: readonly PriceTier[],
): readonly PriceTier[] {
  const thresholds = new Set([...standard, ...listed].map(({ above }) => above));
  return [...thresholds]
    .toSorted((a, b) => a - b)
    .map((above) => ({
      above,
      prices: { ...halved(pricesAt(standard, above)), ...pricesAt(listed, above) },
    }));
}

function pricesAt(tiers: readonly PriceTier[], above: number): UnitPrices {
  return tiers.find((tier) => tier.above === above)?.prices ?? {};
}

function halved(prices: UnitPrices): UnitPrices {
  const units: Partial<Record<PricedUnit, ExactDecimal>> = {};
  for (const unit of PRICED_UNITS) {
    const price = prices[unit];
    if (price !== undefined) units[unit] = times(price, HALF);
  }
  return units;
}

function unitsOf(prices: UnitPrices): UnitPrices {
  const entries = PRICED_UNITS.map((unit) => [unit, prices[unit]] as const);
  return Object.fromEntries(entries.filter(([, price]) => price !== undefined));
}
