import { differenceOf, sumOf, times, type ExactDecimal } from '#libs/common';
import type { ModelPrices, PricedUnit } from '#libs/config';
import { STANDARD_TERMS } from './applied-prices.js';
import { breakdownOf, costBasisOf } from './cost-breakdown.js';
import type { TokenUsage } from './token-usage.js';
import { OUTPUT_DETAILS } from './usage-units.js';

/** What a call would cost, in US dollars that are not rounded: {@link total} is exactly the sum of the other three. */
export interface CostEstimate {
  /** After the discount; with the price of a request, where the deployment has one. */
  readonly input: ExactDecimal;
  /** After the discount. */
  readonly output: ExactDecimal;
  /** The margin, with the fixed amount of each call. */
  readonly margin: ExactDecimal;
  readonly total: ExactDecimal;
  /** Prices of a token before discount and margin as decimal text; `null` where none is known. */
  readonly perToken: { readonly input: string | null; readonly output: string | null };
}

const NOTHING: ExactDecimal = { coefficient: 0n, scale: 0 };
const ALL: ExactDecimal = { coefficient: 1n, scale: 0 };
const OUTPUT_UNITS: ReadonlySet<PricedUnit> = new Set<PricedUnit>(['output', ...OUTPUT_DETAILS]);

/** Returns what a call of the standard tier at the standard hours would cost, and what of. */
export function estimateOf(prices: ModelPrices, usage: TokenUsage): CostEstimate {
  const basis = costBasisOf(prices, usage, STANDARD_TERMS);
  const { parts, margin, total } = breakdownOf(usage, basis);
  const share = differenceOf(ALL, prices.adjustment?.discount ?? NOTHING);
  const output = parts
    .filter(({ unit }) => OUTPUT_UNITS.has(unit))
    .reduce((sum, { usd }) => sumOf(sum, times(usd, share)), NOTHING);
  const { input: inputPrice = null, output: outputPrice = null } = basis.unitUsd;
  return {
    input: differenceOf(differenceOf(total, margin), output),
    output,
    margin,
    total,
    perToken: { input: inputPrice, output: outputPrice },
  };
}
