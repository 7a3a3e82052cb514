import { memoizeByObject, type ExactDecimal } from '#libs/common';
import type { LengthPrices, ModelPrices, PricedUnit, ServiceTier, UnitPrices } from '#libs/config';
import { PRICED_UNITS } from './usage-units.js';

/**
 * The ways in which an operation is billed, each by the units whose prices must be known. The first way counts for which a
 * deployment has all prices.
 */
export type Billing = readonly BillingWay[];

/** Units that are billed together. A way with `input` bills every token; any other way bills its own units and each call. */
export type BillingWay = readonly PricedUnit[];

/** By the tokens of input and output. */
export const BY_TOKENS: Billing = [['input', 'output']];

/** By the tokens of the input alone. */
export const BY_INPUT_TOKENS: Billing = [['input']];

/** By nothing: no upstream bills the operation, also where its units have a price. */
export const BY_NOTHING: Billing = [[]];

/** Each request that the upstream serves has one price, also where there is nothing in its response. */
export const BY_REQUEST: Billing = [['request']];

/** By any unit that has a price, for a question that is about no operation. */
export const BY_ANYTHING: Billing = PRICED_UNITS.map((unit) => [unit]);

const FREE: ExactDecimal = { coefficient: 0n, scale: 0 };
const NO_PRICES: ModelPrices = Object.fromEntries(PRICED_UNITS.map((unit) => [unit, FREE]));

/** Returns the way in which a deployment bills an operation; `null` when its prices are not known. */
export function billingWayOf(prices: ModelPrices | null, billing: Billing): BillingWay | null {
  return billing.find((way) => way.every((unit) => prices?.[unit] !== undefined)) ?? null;
}

/** Whether a way bills tokens. A way that is not known is taken to. */
export function billsTokens(way: BillingWay | null): boolean {
  return way === null || way.includes('input');
}

/**
 * Returns the prices that count for an operation: all of them where tokens are billed, else those of its way, so that what the
 * upstream counts besides costs nothing. The same object while the prices stay.
 */
export function billedPrices(prices: ModelPrices | null, billing: Billing): ModelPrices | null {
  const way = billingWayOf(prices, billing);
  if (way?.length === 0) return NO_PRICES;
  return prices === null || way === null || billsTokens(way) ? prices : ofWay(way)(prices);
}

const ofWay = memoizeByObject((way: BillingWay) => {
  const kept: ReadonlySet<PricedUnit> = new Set<PricedUnit>([...way, 'request']);
  const free: UnitPrices = Object.fromEntries(
    PRICED_UNITS.filter((unit) => !kept.has(unit)).map((unit) => [unit, FREE]),
  );
  return memoizeByObject(({ serviceTiers, offPeak, adjustment, ...base }: ModelPrices) => ({
    ...free,
    ...lengthPricesOf(base, kept),
    ...(serviceTiers === undefined ? {} : { serviceTiers: tiersOf(serviceTiers, kept) }),
    ...(offPeak === undefined
      ? {}
      : { offPeak: { ...offPeak, prices: only(offPeak.prices, kept) } }),
    ...(adjustment === undefined ? {} : { adjustment }),
  }));
});

function tiersOf(
  serviceTiers: NonNullable<ModelPrices['serviceTiers']>,
  kept: ReadonlySet<PricedUnit>,
): NonNullable<ModelPrices['serviceTiers']> {
  const entries = Object.entries(serviceTiers) as [ServiceTier, LengthPrices][];
  return Object.fromEntries(
    entries.map(([tier, prices]) => [tier, lengthPricesOf(prices, kept)] as const),
  );
}

function lengthPricesOf(
  { tiers, ...prices }: LengthPrices,
  kept: ReadonlySet<PricedUnit>,
): LengthPrices {
  const left = tiers?.map((tier) => ({ ...tier, prices: only(tier.prices, kept) }));
  return { ...only(prices, kept), ...(left === undefined ? {} : { tiers: left }) };
}

function only(prices: UnitPrices, kept: ReadonlySet<PricedUnit>): UnitPrices {
  const entries = Object.entries(prices) as [PricedUnit, ExactDecimal][];
  return Object.fromEntries(entries.filter(([unit]) => kept.has(unit)));
}
