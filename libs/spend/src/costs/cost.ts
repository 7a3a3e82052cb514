import {
  costAt,
  memoizeByObject,
  picoUsdOf,
  ratesOf,
  type ExactDecimal,
  type PicoUsd,
  type Rates,
} from '#libs/common';
import type { ModelPrices, PricedUnit, UnitPrices } from '#libs/config';
import {
  STANDARD_TERMS,
  pricesFor,
  pricesWithin,
  type AppliedPrices,
  type PriceTerms,
} from './applied-prices.js';
import { billingWayOf, type Billing } from './billing.js';
import type { DetailUnit, TokenUsage, UsageDetails } from './token-usage.js';
import {
  CACHED_DETAILS,
  INPUT_DETAILS,
  OUTPUT_DETAILS,
  PRICED_UNITS,
  unitsOf,
} from './usage-units.js';

const FREE: ExactDecimal = { coefficient: 0n, scale: 0 };

const SEARCHES: readonly PricedUnit[] = ['searchLow', 'searchMedium', 'searchHigh'];

/** Prices that bound what a call costs. */
interface BoundingPrices {
  /** Of a token of the input and of the output, of the call and of a search: the dearest of each. */
  readonly each: readonly ExactDecimal[];
  readonly rates: Rates;
}

const boundingPrices = memoizeByObject(({ charged }: AppliedPrices): BoundingPrices => {
  const each = [
    dearestOf(charged, ['input', 'cachedInput', ...CACHED_DETAILS, ...INPUT_DETAILS]),
    dearestOf(charged, ['output', ...OUTPUT_DETAILS]),
    charged.request ?? FREE,
    dearestOf(charged, SEARCHES),
  ];
  return { each, rates: ratesOf(each) };
});

/** Units that an upstream may report although the request does not bound them. */
const OPEN_UNITS: readonly DetailUnit[] = ['inputSecond', 'query', 'page', 'citation'];

const defaultReservation = memoizeByObject((usd: ExactDecimal) => ({ pico: picoUsdOf(usd) }));

/**
 * What a call costs: the count of each unit times its price, summed exactly and rounded once, half to even, to pico-dollars.
 *
 * A kind of token without a price of its own costs what plain tokens of the input or the output cost. A price that is not
 * known at all counts as zero, which {@link isPricedFor} tells apart from free.
 * @param terms the standard tier at the standard hours where left out
 */
export function costOfUsage(
  prices: ModelPrices,
  usage: TokenUsage,
  terms: PriceTerms = STANDARD_TERMS,
): PicoUsd {
  return costAt(pricesFor(prices, usage.inputTokens, terms).rates, unitsOf(usage).map(BigInt));
}

/**
 * Tells whether everything that a call used has a known price. Zero is a known price.
 * @param prices `null` when nothing is known
 * @param terms as for {@link costOfUsage}
 */
export function isPricedFor(
  prices: ModelPrices | null,
  usage: TokenUsage,
  terms: PriceTerms = STANDARD_TERMS,
): boolean {
  if (prices === null) return false;
  const known: UnitPrices = pricesFor(prices, usage.inputTokens, terms).prices;
  return unitsOf(usage).every((count, at) => {
    const unit = PRICED_UNITS[at];
    return count === 0 || (unit !== undefined && known[unit] !== undefined);
  });
}

/**
 * Tells whether a call has a price before it is made.
 * @param prices US dollars per unit; `null` when nothing is known
 * @param billing how the operation is billed
 */
export function isPricedAtAll(prices: ModelPrices | null, billing: Billing): boolean {
  return billingWayOf(prices, billing) !== null;
}

/** Output of a call whose end is not known, where the request allows no less. About 200 words. */
const MODEST_OUTPUT_TOKENS = 256;

/** Facts of a call before it is made. */
export interface ReservationBasis {
  /** `null` when the price is unknown: nothing can be held then. */
  readonly prices: ModelPrices | null;
  /** At least the tokens that the input can have; the bytes of a text always are. */
  readonly inputTokensBound: number;
  /** Whether the input may have more tokens nevertheless. Left out: false. */
  readonly isInputOpen?: boolean;
  /** `max_tokens` or `max_completion_tokens` times `n`; `null` when the request gives no bound. */
  readonly outputTokensBound: number | null;
  /** At least the web searches that the call may be billed. Left out: 0. */
  readonly searchesBound?: number;
  /** At least the counts of other things than tokens and searches. Left out: none. */
  readonly unitsBound?: UsageDetails;
  /** The price class that the client asked for; `null` leaves it to the upstream. */
  readonly serviceTier: string | null;
  /** `gatehouse.budgets.default_reservation_usd`. */
  readonly defaultReservationUsd: ExactDecimal;
}

/** The amounts that a call needs held. */
export interface Reservation {
  /** Upper bound of the cost; without a bound the default reservation, or {@link leastPico} where that is more. */
  readonly mostPico: PicoUsd;
  /** Upper bound of the cost of everything that has one: the call is refused rather than held with less. */
  readonly leastPico: PicoUsd;
}

const NOTHING_HELD: Reservation = { mostPico: 0n, leastPico: 0n };
const NO_UNITS: UsageDetails = {};

/**
 * Returns what has to be held for a call: every token, search and request at the dearest price that it can have, at the dearest of
 * the tiers that the call can come to.
 */
export function reservationRangeOf(basis: ReservationBasis): Reservation {
  const { prices, outputTokensBound, isInputOpen = false, searchesBound = 0 } = basis;
  if (prices === null) return NOTHING_HELD;
  const input = wholeTokens(basis.inputTokensBound);
  const counts = [input, wholeTokens(outputTokensBound ?? 0), 1, searchesBound];
  const variants = pricesWithin(prices, isInputOpen ? Infinity : input, basis.serviceTier);
  const leastPico = largest(variants.map((applied) => boundAt(applied, counts, basis.unitsBound)));
  const isOpen = variants.some((applied) => isOpenAt(applied, basis));
  const fallback = isOpen ? defaultReservation(basis.defaultReservationUsd).pico : 0n;
  return { mostPico: largest([leastPico, fallback]), leastPico };
}

function boundAt(
  applied: AppliedPrices,
  counts: readonly number[],
  others: UsageDetails = NO_UNITS,
): PicoUsd {
  const { each, rates } = boundingPrices(applied);
  const units = Object.keys(others) as DetailUnit[];
  if (units.length === 0) return costAt(rates, counts.map(BigInt));
  const further = units.map((unit) => applied.charged[unit] ?? FREE);
  const all = [...counts, ...units.map((unit) => others[unit] ?? 0)];
  return costAt(ratesOf([...each, ...further]), all.map(BigInt));
}

/** Whether something that has a price is not bounded. */
function isOpenAt(
  applied: AppliedPrices,
  { isInputOpen = false, outputTokensBound, unitsBound = NO_UNITS }: ReservationBasis,
): boolean {
  const [input = FREE, output = FREE] = boundingPrices(applied).each;
  const { charged } = applied;
  return (
    (isInputOpen && mayCost(charged.input, input)) ||
    (outputTokensBound === null && mayCost(charged.output, output)) ||
    OPEN_UNITS.some(
      (unit) => unitsBound[unit] === undefined && (charged[unit] ?? FREE).coefficient > 0n,
    )
  );
}

/** Whether tokens cost something, or it is not known what they cost. */
function mayCost(plain: ExactDecimal | undefined, dearest: ExactDecimal): boolean {
  return plain === undefined || dearest.coefficient > 0n;
}

/** Returns the most that is held for a call. */
export function reservationOf(basis: ReservationBasis): PicoUsd {
  return reservationRangeOf(basis).mostPico;
}

/** Facts of a call whose end may never become known. */
export interface ExpectationBasis {
  /** `null` when the price is unknown. */
  readonly prices: ModelPrices | null;
  /** Counted input tokens, as in an estimate after the call. */
  readonly inputTokens: number;
  /** As in {@link ReservationBasis}; 0 when the endpoint bills no output. */
  readonly outputTokensBound: number | null;
  /** Counts of other things than tokens. Left out: none. */
  readonly units?: UsageDetails | undefined;
  /** The result of {@link reservationOf} for the call. */
  readonly reservedPico: PicoUsd;
}

/** What is expected of a call, as its intent states it. */
export interface Expectation {
  readonly expectedPico: PicoUsd;
  readonly expectedInputTokens: number;
  readonly expectedOutputTokens: number;
}

/**
 * Returns what is booked for a call whose end never becomes known: the counted input and a modest output of 256
 * tokens, or of the request's bound where that is less. Never more than what is held.
 * @param basis prices, counts and the amount that is held
 */
export function expectationOf(basis: ExpectationBasis): Expectation {
  const { prices, reservedPico } = basis;
  const bound = wholeTokens(basis.outputTokensBound ?? MODEST_OUTPUT_TOKENS);
  const outputTokens = Math.min(bound, MODEST_OUTPUT_TOKENS);
  const inputTokens = wholeTokens(basis.inputTokens);
  const { units } = basis;
  const tokens = { inputTokens, cachedInputTokens: 0, outputTokens };
  const usage = units === undefined ? tokens : { ...tokens, details: units };
  const cost = prices === null ? 0n : costOfUsage(prices, usage);
  return {
    expectedPico: cost < reservedPico ? cost : reservedPico,
    expectedInputTokens: inputTokens,
    expectedOutputTokens: outputTokens,
  };
}

function largest(amounts: readonly PicoUsd[]): PicoUsd {
  return amounts.reduce((most, one) => (one > most ? one : most), 0n);
}

function wholeTokens(count: number): number {
  return Number.isFinite(count) && count > 0 ? Math.ceil(count) : 0;
}

function dearestOf(prices: UnitPrices, units: readonly PricedUnit[]): ExactDecimal {
  return units.reduce((dearest, unit) => dearer(dearest, prices[unit] ?? FREE), FREE);
}

function dearer(a: ExactDecimal, b: ExactDecimal): ExactDecimal {
  const scale = Math.max(a.scale, b.scale);
  const coefficient = (price: ExactDecimal): bigint =>
    price.coefficient * 10n ** BigInt(scale - price.scale);
  return coefficient(a) >= coefficient(b) ? a : b;
}
