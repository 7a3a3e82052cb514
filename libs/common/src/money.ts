/**
 * Exact money. Amounts are whole pico-dollars (10⁻¹² US dollar) in a `bigint`; prices are exact
 * decimals. A cost is summed exactly and rounded once, half to even, to whole pico-dollars.
 */

/** An amount in pico-dollars. */
export type PicoUsd = bigint & { readonly unit?: 'pico-usd' };

/** An exact decimal: `coefficient × 10^-scale`, scale ≥ 0. */
export interface ExactDecimal {
  readonly coefficient: bigint;
  readonly scale: number;
}

/** Decimal places of a US dollar that an amount keeps. */
const USD_DECIMALS = 12;
const PICO_PER_USD = 10 ** USD_DECIMALS;

const DECIMAL = /^(?<sign>[+-]?)(?<digits>\d+\.?\d*|\.\d+)(?:[eE](?<exponent>[+-]?\d{1,4}))?$/;
const MAX_DIGITS = 400;

/**
 * Reads a decimal such as `0.0000025`, `2.5e-6` or `3`. `null` when the text is not one.
 * @param text decimal text, at most 400 characters
 */
export function parseDecimal(text: string): ExactDecimal | null {
  if (text.length > MAX_DIGITS) return null;
  const groups = DECIMAL.exec(text.trim())?.groups;
  if (groups === undefined) return null;
  const [whole = '', fraction = ''] = (groups['digits'] ?? '').split('.');
  const exponent = Number(groups['exponent'] ?? '0');
  if (Math.abs(exponent) > MAX_DIGITS) return null;
  const coefficient = BigInt(whole + fraction) * (groups['sign'] === '-' ? -1n : 1n);
  return scaled(coefficient, fraction.length - exponent);
}

/**
 * The exact decimal that a JavaScript number prints as (its shortest round-trip form).
 * @throws RangeError when the number is not finite
 */
export function decimalOfNumber(value: number): ExactDecimal {
  const parsed = parseDecimal(String(value));
  if (parsed === null) throw new RangeError(`not a finite number: ${String(value)}`);
  return parsed;
}

/** Returns the exact sum of two decimals. */
export function sumOf(a: ExactDecimal, b: ExactDecimal): ExactDecimal {
  const scale = Math.max(a.scale, b.scale);
  return { coefficient: coefficientAt(a, scale) + coefficientAt(b, scale), scale };
}

/** Returns the exact difference of two decimals. */
export function differenceOf(a: ExactDecimal, b: ExactDecimal): ExactDecimal {
  return sumOf(a, { coefficient: -b.coefficient, scale: b.scale });
}

/** Returns the exact product of two decimals. */
export function times(a: ExactDecimal, b: ExactDecimal): ExactDecimal {
  return { coefficient: a.coefficient * b.coefficient, scale: a.scale + b.scale };
}

/**
 * Sums `units × price` over all terms exactly and rounds once, half to even, to pico-dollars.
 * @param terms units (tokens, seconds, …; integers) with their price in US dollars per unit
 */
export function costOf(terms: readonly { units: bigint; price: ExactDecimal }[]): PicoUsd {
  const rates = ratesOf(terms.map(({ price }) => price));
  return costAt(
    rates,
    terms.map(({ units }) => units),
  );
}

/** Prices at one scale, to be computed with many times. */
export interface Rates {
  readonly coefficients: readonly bigint[];
  /** Makes pico-dollars of a sum of the coefficients. */
  readonly divisor: bigint;
}

/** Returns prices at one scale. */
export function ratesOf(prices: readonly ExactDecimal[]): Rates {
  const scale = prices.reduce((widest, price) => Math.max(widest, price.scale), USD_DECIMALS);
  return {
    coefficients: prices.map((price) => coefficientAt(price, scale)),
    divisor: powerOfTen(scale - USD_DECIMALS),
  };
}

/**
 * {@link costOf} for prices that were brought to one scale before.
 * @param units whole units of each price, in the order of the prices; those that are left out at the end are zero
 */
export function costAt({ coefficients, divisor }: Rates, units: readonly bigint[]): PicoUsd {
  let sum = 0n;
  for (let at = 0; at < units.length; at += 1) sum += (coefficients[at] ?? 0n) * (units[at] ?? 0n);
  return divideHalfEven(sum, divisor);
}

/** Pico-dollars of a decimal number of dollars, rounded half to even. */
export function picoUsdOf(decimal: ExactDecimal): PicoUsd {
  return costOf([{ units: 1n, price: decimal }]);
}

/**
 * Pico-dollars of a text such as `0.000012500000`, as PostgreSQL's `numeric` prints it.
 * @throws RangeError when the text is not a decimal
 */
export function parseUsd(text: string): PicoUsd {
  const decimal = parseDecimal(text);
  if (decimal === null) throw new RangeError('not a decimal amount');
  return picoUsdOf(decimal);
}

/** Dollars with all twelve decimals, for example `0.000012500000`. */
export function formatUsd(amount: PicoUsd): string {
  const sign = amount < 0n ? '-' : '';
  const digits = (amount < 0n ? -amount : amount).toString().padStart(USD_DECIMALS + 1, '0');
  return `${sign}${digits.slice(0, -USD_DECIMALS)}.${digits.slice(-USD_DECIMALS)}`;
}

/** A decimal as the shortest text without an exponent, for example `0.0000025`. */
export function formatDecimal({ coefficient, scale }: ExactDecimal): string {
  const sign = coefficient < 0n ? '-' : '';
  const digits = (coefficient < 0n ? -coefficient : coefficient)
    .toString()
    .padStart(scale + 1, '0');
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  const whole = digits.slice(0, digits.length - scale);
  return `${sign}${whole}${scale === 0 || fraction === '' ? '' : `.${fraction}`}`;
}

/** Dollars as the nearest JavaScript number, for LiteLLM-shaped JSON answers alone. Never computed with. */
export function usdNumber(amount: PicoUsd): number {
  const pico = Number(amount);
  // Both are exact up to some nine thousand dollars, and a division is rounded to the nearest number.
  return Number.isSafeInteger(pico) ? pico / PICO_PER_USD : Number(formatUsd(amount));
}

function scaled(coefficient: bigint, scale: number): ExactDecimal {
  if (scale >= 0) return { coefficient, scale };
  return { coefficient: coefficient * powerOfTen(-scale), scale: 0 };
}

function coefficientAt({ coefficient, scale }: ExactDecimal, at: number): bigint {
  return coefficient * powerOfTen(at - scale);
}

function powerOfTen(exponent: number): bigint {
  return 10n ** BigInt(exponent);
}

function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const remainder = numerator % denominator;
  const doubled = (remainder < 0n ? -remainder : remainder) * 2n;
  if (doubled < denominator) return quotient;
  if (doubled === denominator && quotient % 2n === 0n) return quotient;
  return quotient + (numerator < 0n ? -1n : 1n);
}
