import {
  decimalOfNumber,
  formatUsd,
  parseDecimal,
  picoUsdOf,
  type ExactDecimal,
} from '#libs/common';

/** Below a trillion dollars. */
const MAX_PICO_USD = 10n ** 24n;
const MAX_AMOUNT_LENGTH = 64;
const DURATION_FORM = /^([1-9]\d{0,5})(s|m|h|d|w|mo)$/;
/** Ten years. */
const MAX_DAYS = 3_660;
const DAYS: Readonly<Record<string, number>> = {
  s: 1 / 86_400,
  m: 1 / 1_440,
  h: 1 / 24,
  d: 1,
  w: 7,
  mo: 30.5,
};

/** What is said of a value that is not an amount. */
export const AMOUNT_RULE =
  'must be US dollars, a number or a decimal string: 0, or from 0.000000000001 to less than 1000000000000';

/** What is said of a value that is not a duration. */
export const DURATION_RULE =
  'must be a duration such as 30s, 30m, 30h, 30d, 1w or 1mo, of ten years at most';

/** What is said of a value that is not a rate. */
export const RATE_RULE = 'must be an integer of at least 0';

/**
 * Returns US dollars as the decimal string in which limits hold them, rounded to twelve decimals; `null` unless the value is
 * a finite number or a decimal string, at least 0 and below a trillion, and for one that would be rounded to 0.
 */
export function usdTextOf(value: unknown): string | null {
  const decimal = decimalOf(value);
  if (decimal === null || decimal.coefficient < 0n) return null;
  const amount = picoUsdOf(decimal);
  if (amount === 0n && decimal.coefficient !== 0n) return null;
  return amount < MAX_PICO_USD ? formatUsd(amount).replace(/\.?0+$/, '') : null;
}

/** Tells whether a value is a duration of a budget: `30s`, `30m`, `30h`, `30d`, `1w`, `1mo`; ten years at most. */
export function isBudgetDuration(value: unknown): value is string {
  return typeof value === 'string' && budgetDays(value) <= MAX_DAYS;
}

/** Returns the days of a duration of a budget, a month as 30.5; Infinity for a text that is none. */
export function budgetDays(duration: string): number {
  const [, count = '', unit = ''] = DURATION_FORM.exec(duration) ?? [];
  return count === '' ? Infinity : Number(count) * (DAYS[unit] ?? Infinity);
}

/** Tells whether a value is a number of requests or tokens. */
export function isRate(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function decimalOf(value: unknown): ExactDecimal | null {
  if (typeof value === 'number') return Number.isFinite(value) ? decimalOfNumber(value) : null;
  return typeof value === 'string' && value.length <= MAX_AMOUNT_LENGTH
    ? parseDecimal(value)
    : null;
}
