import {
  costAt,
  memoizeByObject,
  picoUsdOf,
  ratesOf,
  type ExactDecimal,
  type PicoUsd,
  type Rates,
} from '#libs/common';
import type { TokenPrices } from '#libs/config';
import type { TokenUsage } from './usage.js';

const FREE: ExactDecimal = { coefficient: 0n, scale: 0 };

/** The prices of input, cached input and output at one scale, made once for each deployment. */
const tokenRates = memoizeByObject(({ input = FREE, cachedInput, output = FREE }: TokenPrices) =>
  ratesOf([input, cachedInput ?? input, output]),
);

/** As {@link tokenRates}, for an upper bound: a cached price above the input price would make the plain sum too small. */
const boundingRates = memoizeByObject(({ input, cachedInput, output = FREE }: TokenPrices) => {
  const dearest = dearer(input, cachedInput) ?? FREE;
  return ratesOf([dearest, dearest, output]);
});

const defaultReservation = memoizeByObject((usd: ExactDecimal) => ({ pico: picoUsdOf(usd) }));

/**
 * What a call costs: `(input − cached) × input + cached × cached input + output × output`, summed
 * exactly and rounded once, half to even, to pico-dollars.
 *
 * A cached input token costs the input price where no cached price is known. A price that is not
 * known at all counts as zero, which {@link isPricedFor} tells apart from free.
 * @param prices US dollars per token
 * @param usage tokens of the call
 */
export function costOfUsage(prices: TokenPrices, usage: TokenUsage): PicoUsd {
  const cached = Math.min(usage.cachedInputTokens, usage.inputTokens);
  return costAtRates(tokenRates(prices), usage.inputTokens - cached, cached, usage.outputTokens);
}

function costAtRates(rates: Rates, input: number, cached: number, output: number): PicoUsd {
  return costAt(rates, [BigInt(input), BigInt(cached), BigInt(output)]);
}

/**
 * Tells whether every kind of token that a call used has a known price. Zero is a known price.
 * @param prices US dollars per token; `null` when nothing is known
 * @param usage tokens of the call
 */
export function isPricedFor(prices: TokenPrices | null, usage: TokenUsage): boolean {
  if (prices === null) return false;
  const isInputKnown =
    prices.input !== undefined ||
    (prices.cachedInput !== undefined && usage.cachedInputTokens >= usage.inputTokens);
  return (
    (usage.inputTokens === 0 || isInputKnown) &&
    (usage.outputTokens === 0 || prices.output !== undefined)
  );
}

/**
 * Tells whether a call of plain text has a price before it is made.
 * @param prices US dollars per token; `null` when nothing is known
 * @param billsOutput the price of output tokens must be known as well
 */
export function isPricedAtAll(prices: TokenPrices | null, billsOutput: boolean): boolean {
  return prices?.input !== undefined && (!billsOutput || prices.output !== undefined);
}

/** Output of a call whose end is not known, where the request allows no less. About 200 words. */
const MODEST_OUTPUT_TOKENS = 256;

/** Facts of a call before it is made. */
export interface ReservationBasis {
  /** `null` when the price is unknown: nothing can be held then. */
  readonly prices: TokenPrices | null;
  /** At least the tokens that the input can have; the bytes of the body always are. */
  readonly inputTokensBound: number;
  /** `max_tokens` or `max_completion_tokens` times `n`; `null` when the request gives no bound. */
  readonly outputTokensBound: number | null;
  /** `gatehouse.budgets.default_reservation_usd`. */
  readonly defaultReservationUsd: ExactDecimal;
}

/**
 * An upper bound of what a call will cost. Without a bound on the output it is the default
 * reservation, or the cost of the input where that alone is more.
 */
export function reservationOf(basis: ReservationBasis): PicoUsd {
  const { prices } = basis;
  if (prices === null) return 0n;
  const input = wholeTokens(basis.inputTokensBound);
  const output = wholeTokens(basis.outputTokensBound ?? 0);
  const cost = costAtRates(boundingRates(prices), input, 0, output);
  if (basis.outputTokensBound !== null) return cost;
  const fallback = defaultReservation(basis.defaultReservationUsd).pico;
  return cost > fallback ? cost : fallback;
}

/** Facts of a call whose end may never become known. */
export interface ExpectationBasis {
  /** `null` when the price is unknown. */
  readonly prices: TokenPrices | null;
  /** Counted input tokens, as in an estimate after the call. */
  readonly inputTokens: number;
  /** As in {@link ReservationBasis}; 0 when the endpoint bills no output. */
  readonly outputTokensBound: number | null;
  /** The result of {@link reservationOf} for the call. */
  readonly reservedPico: PicoUsd;
}

/**
 * Returns what is booked for a call whose end never becomes known: the counted input and a modest output of 256
 * tokens, or of the request's bound where that is less. Never more than what is held.
 * @param basis prices, counts and the amount that is held
 */
export function expectationOf(basis: ExpectationBasis): PicoUsd {
  const { prices, reservedPico } = basis;
  if (prices === null) return 0n;
  const bound = wholeTokens(basis.outputTokensBound ?? MODEST_OUTPUT_TOKENS);
  const output = Math.min(bound, MODEST_OUTPUT_TOKENS);
  const cost = costAtRates(tokenRates(prices), wholeTokens(basis.inputTokens), 0, output);
  return cost < reservedPico ? cost : reservedPico;
}

function wholeTokens(count: number): number {
  return Number.isFinite(count) && count > 0 ? Math.ceil(count) : 0;
}

function dearer(a?: ExactDecimal, b?: ExactDecimal): ExactDecimal | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const scale = Math.max(a.scale, b.scale);
  const coefficient = (price: ExactDecimal): bigint =>
    price.coefficient * 10n ** BigInt(scale - price.scale);
  return coefficient(a) >= coefficient(b) ? a : b;
}
