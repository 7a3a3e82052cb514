import {
  differenceOf,
  formatDecimal,
  memoizeByObject,
  parseDecimal,
  sumOf,
  times,
  type ExactDecimal,
} from '#libs/common';
import type { ModelPrices, PriceAdjustment, PricedUnit } from '#libs/config';
import { pricesFor, type AppliedPrices, type PriceTerms } from './applied-prices.js';
import type { DetailUnit, TokenUsage } from './token-usage.js';
import { PRICED_UNITS, unitsOf } from './usage-units.js';

/** The prices that a cost was computed with. With the counts of the entry they give every part of it, exactly. */
export interface CostBasis {
  /** US dollars for each unit before discount and margin, as decimal text. */
  readonly unitUsd: Readonly<Partial<Record<PricedUnit, string>>>;
  /** Share that was taken off, share that was added to the rest, and US dollars that were added; left out where there was none. */
  readonly discount?: string;
  readonly margin?: string;
  readonly fixedUsd?: string;
  /** The response came from the cache of the gateway, so that it cost nothing. */
  readonly isCacheHit?: true;
}

/** One part of a cost. */
interface CostPart {
  readonly unit: PricedUnit;
  readonly count: number;
  /** US dollars for one. */
  readonly unitUsd: ExactDecimal;
  /** US dollars, not rounded. */
  readonly usd: ExactDecimal;
}

/** The parts of a cost. None is rounded: {@link total} is the cost before it was. */
export interface CostBreakdown {
  readonly parts: readonly CostPart[];
  /** Sum of the parts. */
  readonly original: ExactDecimal;
  /** What was taken off. */
  readonly discount: ExactDecimal;
  /** What was added, with the fixed amount. */
  readonly margin: ExactDecimal;
  readonly total: ExactDecimal;
}

const ZERO: ExactDecimal = { coefficient: 0n, scale: 0 };
const PLAIN: readonly PricedUnit[] = ['input', 'cachedInput', 'output', 'request'];

/** The basis of every call without details at the same prices: one object, so that its JSON is made once. */
const plainBasis = memoizeByObject((adjustment: PriceAdjustment | typeof ZERO) =>
  memoizeByObject((applied: AppliedPrices) => basisWith(applied, PLAIN, adjustment)),
);

/**
 * Returns what is recorded of the prices of a call.
 * @param terms as for `costOfUsage`
 */
export function costBasisOf(prices: ModelPrices, usage: TokenUsage, terms: PriceTerms): CostBasis {
  const applied = pricesFor(prices, usage.inputTokens, terms);
  const adjustment = prices.adjustment ?? ZERO;
  if (usage.details === undefined) return plainBasis(adjustment)(applied);
  const units = Object.keys(usage.details) as DetailUnit[];
  return basisWith(applied, [...PLAIN, ...units], adjustment);
}

function basisWith(
  { prices }: AppliedPrices,
  units: readonly PricedUnit[],
  adjustment: PriceAdjustment | typeof ZERO,
): CostBasis {
  const known = units.flatMap((unit): [PricedUnit, string][] => {
    const price = prices[unit];
    const isNothing = price === undefined || (unit === 'request' && price.coefficient === 0n);
    return isNothing ? [] : [[unit, formatDecimal(price)]];
  });
  const unitUsd: CostBasis['unitUsd'] = Object.fromEntries(known);
  if (!('discount' in adjustment)) return { unitUsd };
  const { discount, margin, fixedUsd } = adjustment;
  return {
    unitUsd,
    ...(discount.coefficient === 0n ? {} : { discount: formatDecimal(discount) }),
    ...(margin.coefficient === 0n ? {} : { margin: formatDecimal(margin) }),
    ...(fixedUsd.coefficient === 0n ? {} : { fixedUsd: formatDecimal(fixedUsd) }),
  };
}

/** Returns the parts of a cost from what was recorded of it. */
export function breakdownOf(usage: TokenUsage, basis: CostBasis): CostBreakdown {
  const counts = unitsOf(usage);
  const parts = PRICED_UNITS.flatMap((unit, at): CostPart[] => {
    const count = counts[at] ?? 0;
    const text = basis.unitUsd[unit];
    if (count === 0 || text === undefined) return [];
    const unitUsd = exact(text);
    return [
      { unit, count, unitUsd, usd: times(unitUsd, { coefficient: BigInt(count), scale: 0 }) },
    ];
  });
  const original = parts.reduce((sum, { usd }) => sumOf(sum, usd), ZERO);
  const discount = times(original, exact(basis.discount));
  const left = differenceOf(original, discount);
  const margin = sumOf(times(left, exact(basis.margin)), exact(basis.fixedUsd));
  return { parts, original, discount, margin, total: sumOf(left, margin) };
}

function exact(text = '0'): ExactDecimal {
  return parseDecimal(text) ?? ZERO;
}
