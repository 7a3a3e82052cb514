import {
  differenceOf,
  memoizeByObject,
  ratesOf,
  sumOf,
  times,
  type ExactDecimal,
  type Rates,
} from '#libs/common';
import type {
  LengthPrices,
  ModelPrices,
  OffPeakPrices,
  PriceAdjustment,
  PricedUnit,
  ServiceTier,
  UnitPrices,
} from '#libs/config';
import { priceClassOf, reachableClasses, withFactors, type PriceClass } from './price-classes.js';
import { PRICED_UNITS } from './usage-units.js';

/** What the prices of a call depend on besides its usage. */
export interface PriceTerms {
  /** The price class (`priceClassIn`) that the upstream named, else the one that the client asked for; `null` for neither. */
  readonly serviceTier: string | null;
  /** When the call began; `null` leaves off-peak prices out. */
  readonly at: Date | null;
}

/** The standard tier at the standard hours. */
export const STANDARD_TERMS: PriceTerms = { serviceTier: null, at: null };

/** The one price of each unit for one call. */
export interface AppliedPrices {
  /** Price of a unit, its own or the one that stands for it; absent where none is known. */
  readonly prices: UnitPrices;
  /** {@link prices} after discount and margin; each call is a `request`, which bears the fixed amount. */
  readonly charged: UnitPrices;
  /** {@link charged} in the order of `PRICED_UNITS`, zero where none is known. */
  readonly rates: Rates;
}

const FREE: ExactDecimal = { coefficient: 0n, scale: 0 };
const ONE: ExactDecimal = { coefficient: 1n, scale: 0 };

/** The prices that stand for one that is not given, first to last. */
const SUBSTITUTES: Readonly<Partial<Record<PricedUnit, readonly PricedUnit[]>>> = {
  cachedInput: ['input'],
  cachedAudio: ['cachedInput', 'input'],
  cachedImage: ['cachedInput', 'input'],
  cacheWrite: ['input'],
  cacheWriteHour: ['cacheWrite', 'input'],
  inputAudio: ['input'],
  inputImage: ['input'],
  inputVideo: ['input'],
  reasoning: ['output'],
  outputAudio: ['output'],
  outputImage: ['output'],
  outputVideo: ['output'],
  reasoningApart: ['reasoning'],
  // A price for each request includes its searches.
  searchLow: ['searchMedium', 'searchHigh', 'request'],
  searchMedium: ['searchHigh', 'searchLow', 'request'],
  searchHigh: ['searchMedium', 'searchLow', 'request'],
};

/** The variants of one deployment's prices, made when they are first needed. */
class PriceVariants {
  private readonly made = new Map<string, AppliedPrices>();

  constructor(private readonly prices: ModelPrices) {}

  /**
   * Returns the prices of one variant.
   * @param above threshold of the tier that the length of the input reaches; `null` for none
   * @param isOffPeak whether a window of off-peak prices is open
   */
  variant(named: PriceClass, above: number | null, isOffPeak: boolean): AppliedPrices {
    const { tier, factors } = named;
    const key = `${String(tier)} ${String(above)} ${String(isOffPeak)} ${factors.join(' ')}`;
    let applied = this.made.get(key);
    if (applied === undefined) {
      const { adjustment, factors: known } = this.prices;
      const overlaid = this.overlaid(tier, above, isOffPeak);
      applied = appliedPricesOf(withFactors(overlaid, factors, known), adjustment);
      this.made.set(key, applied);
    }
    return applied;
  }

  private overlaid(
    serviceTier: ServiceTier | null,
    above: number | null,
    isOffPeak: boolean,
  ): UnitPrices {
    const ofTier = serviceTier === null ? {} : (this.prices.serviceTiers?.[serviceTier] ?? {});
    return {
      ...this.prices,
      ...ofTier,
      ...tierAt(this.prices, above),
      ...tierAt(ofTier, above),
      ...(isOffPeak ? this.prices.offPeak?.prices : {}),
    };
  }
}

const variantsOf = memoizeByObject((prices: ModelPrices) => new PriceVariants(prices));

const fixedPrices = memoizeByObject((prices: ModelPrices) =>
  appliedPricesOf(prices, prices.adjustment),
);

/** Whether every call has the same prices, as those of most deployments. */
function isFixed({ tiers, serviceTiers, offPeak, factors }: ModelPrices): boolean {
  return [tiers, serviceTiers, offPeak, factors].every((variant) => variant === undefined);
}

/**
 * Returns the one price of each unit for a call. Of the prices above a threshold the highest one that the input exceeds counts,
 * for all tokens of the call; prices of a service tier win over those of the standard tier, and open off-peak prices over both. Factors of
 * speed and place count for every token.
 * @param inputTokens every token of the input
 */
export function pricesFor(
  prices: ModelPrices,
  inputTokens: number,
  { serviceTier, at }: PriceTerms,
): AppliedPrices {
  if (isFixed(prices)) return fixedPrices(prices);
  const named = priceClassOf(prices, serviceTier);
  const isOffPeak = prices.offPeak !== undefined && at !== null && isOpen(prices.offPeak, at);
  return variantsOf(prices).variant(named, thresholdAt(prices, named.tier, inputTokens), isOffPeak);
}

/**
 * Returns the prices of every variant that a call can come to.
 * @param inputTokensBound upper bound of the input, so that tiers which it cannot reach do not count
 * @param serviceTier the price class that the client asked for; `null` leaves it to the upstream
 */
export function pricesWithin(
  prices: ModelPrices,
  inputTokensBound: number,
  serviceTier: string | null,
): readonly AppliedPrices[] {
  if (isFixed(prices)) return [fixedPrices(prices)];
  const variants = variantsOf(prices);
  const hours = prices.offPeak === undefined ? [false] : [false, true];
  return reachableClasses(prices, serviceTier).flatMap((one) =>
    thresholdsOf(prices, one.tier, inputTokensBound).flatMap((above) =>
      hours.map((isOffPeak) => variants.variant(one, above, isOffPeak)),
    ),
  );
}

/** The thresholds below an upper bound, and none. */
function thresholdsOf(
  prices: ModelPrices,
  tier: ServiceTier | null,
  inputTokensBound: number,
): readonly (number | null)[] {
  const tiers = allTiers(prices, tier);
  return tiers.length === 0
    ? [null]
    : [null, ...tiers.map(({ above }) => above).filter((above) => above < inputTokensBound)];
}

function thresholdAt(
  prices: ModelPrices,
  tier: ServiceTier | null,
  inputTokens: number,
): number | null {
  let reached: number | null = null;
  for (const { above } of allTiers(prices, tier))
    if (inputTokens > above && (reached === null || above > reached)) reached = above;
  return reached;
}

const NO_TIERS: NonNullable<LengthPrices['tiers']> = [];

function allTiers(
  { tiers = NO_TIERS, serviceTiers }: ModelPrices,
  tier: ServiceTier | null,
): NonNullable<LengthPrices['tiers']> {
  const own = tier === null ? undefined : serviceTiers?.[tier]?.tiers;
  return own === undefined ? tiers : [...tiers, ...own];
}

function tierAt({ tiers }: LengthPrices, above: number | null): UnitPrices {
  return tiers?.find((tier) => tier.above === above)?.prices ?? {};
}

function appliedPricesOf(given: UnitPrices, adjustment?: PriceAdjustment): AppliedPrices {
  const prices: Partial<Record<PricedUnit, ExactDecimal>> = {};
  const charged: Partial<Record<PricedUnit, ExactDecimal>> = {};
  for (const unit of PRICED_UNITS) {
    const price = given[unit] ?? substituteOf(given, unit);
    if (price === undefined) continue;
    prices[unit] = price;
    charged[unit] = adjustment === undefined ? price : chargedPrice(unit, price, adjustment);
  }
  return { prices, charged, rates: ratesOf(PRICED_UNITS.map((unit) => charged[unit] ?? FREE)) };
}

/** `price × (1 − discount) × (1 + margin)`, and the fixed amount once for the call: exact decimals, as their factors are. */
function chargedPrice(
  unit: PricedUnit,
  price: ExactDecimal,
  { discount, margin, fixedUsd }: PriceAdjustment,
): ExactDecimal {
  const left = times(price, differenceOf(ONE, discount));
  const full = times(left, sumOf(ONE, margin));
  return unit === 'request' ? sumOf(full, fixedUsd) : full;
}

/** Units that cost nothing where no price is given: Perplexity counts citations and reasoning of models that do not bill them. */
const FREE_UNITS: ReadonlySet<PricedUnit> = new Set(['request', 'citation', 'reasoningApart']);

function substituteOf(given: UnitPrices, unit: PricedUnit): ExactDecimal | undefined {
  for (const other of SUBSTITUTES[unit] ?? []) {
    const price = given[other];
    if (price !== undefined) return other === 'request' ? FREE : price;
  }
  return FREE_UNITS.has(unit) ? FREE : undefined;
}

const MINUTES_PER_DAY = 1_440;
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

const weekdayFormats = memoizeByObject(
  ({ weekdayZone }: OffPeakPrices) =>
    new Intl.DateTimeFormat('en-US', { weekday: 'short', timeZone: weekdayZone }),
);

/** Whether a window is open. A window that ends on the next day belongs to the weekday of the instant, as with LiteLLM. */
function isOpen(offPeak: OffPeakPrices, at: Date): boolean {
  const minute = at.getUTCHours() * 60 + at.getUTCMinutes();
  return offPeak.windows.some(({ weekdays, start, end }) => {
    const passed = (minute - start + MINUTES_PER_DAY) % MINUTES_PER_DAY;
    const length = (end - start + MINUTES_PER_DAY) % MINUTES_PER_DAY;
    return (
      (length === 0 || passed < length) &&
      (weekdays === null || weekdays.includes(weekdayAt(offPeak, at)))
    );
  });
}

function weekdayAt(offPeak: OffPeakPrices, at: Date): number {
  return WEEKDAYS.indexOf(weekdayFormats(offPeak).format(at)) + 1;
}
