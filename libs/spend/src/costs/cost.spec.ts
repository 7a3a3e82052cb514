import fc from 'fast-check';
import { decimalOfNumber, parseDecimal, type ExactDecimal } from '#libs/common';
import { costOfUsage, expectationOf, isPricedFor, reservationOf } from './cost.js';

const decimal = (text: string): ExactDecimal => {
  const parsed = parseDecimal(text);
  if (parsed === null) throw new Error(`not a decimal: ${text}`);
  return parsed;
};
const usage = (
  inputTokens: number,
  outputTokens = 0,
  cachedInputTokens = 0,
): { inputTokens: number; outputTokens: number; cachedInputTokens: number } => ({
  inputTokens,
  outputTokens,
  cachedInputTokens,
});
const price = fc
  .record({ coefficient: fc.bigInt(0n, 10n ** 9n), scale: fc.integer({ min: 0, max: 18 }) })
  .map((value): ExactDecimal => value);
const prices = fc.record({ input: price, cachedInput: price, output: price });
const tokens = fc.integer({ min: 0, max: 10_000_000 });

describe('costOfUsage', () => {
  it('is exact where doubles are not', () => {
    const known = { input: decimal('0.0000123'), output: decimal('0.1') };
    expect(costOfUsage(known, usage(10_000, 3))).toBe(123_000_000_000n + 300_000_000_000n);
  });

  it('charges cached input tokens at their price and the rest at the input price', () => {
    const prices = {
      input: decimal('2e-6'),
      cachedInput: decimal('5e-7'),
      output: decimal('8e-6'),
    };
    expect(costOfUsage(prices, usage(1000, 10, 400))).toBe(
      600n * 2_000_000n + 400n * 500_000n + 10n * 8_000_000n,
    );
  });

  it('charges cached input tokens at the input price where they have none', () => {
    expect(costOfUsage({ input: decimal('2e-6') }, usage(1000, 0, 400))).toBe(2_000_000_000n);
  });

  it.each([
    ['0.0000000000005', 0n],
    ['0.0000000000015', 2n],
    ['0.0000000000025', 2n],
    ['0.00000000000250000000001', 3n],
    ['0.0000000000014999', 1n],
  ])('rounds %s dollars once, half to even', (text, expected) => {
    expect(costOfUsage({ input: decimal(text) }, usage(1))).toBe(expected);
  });

  it('rounds the sum and not its terms', () => {
    const half = decimal('0.0000000000005');
    const prices = { input: half, cachedInput: half, output: half };
    expect(costOfUsage(prices, usage(2, 1, 1))).toBe(2n);
  });

  it('is never negative, and no token makes it smaller', () => {
    fc.assert(
      fc.property(prices, tokens, tokens, (known, some, more) => {
        const cached = Math.floor(some / 2);
        const less = costOfUsage(known, usage(some, some, cached));
        expect(less >= 0n).toBe(true);
        expect(costOfUsage(known, usage(some + more, some, cached)) >= less).toBe(true);
      }),
    );
  });

  it('differs from the exact cost by half a pico-dollar at most', () => {
    fc.assert(
      fc.property(price, price, tokens, tokens, (input, output, inputTokens, outputTokens) => {
        const scale = 18n + 1n;
        const exact = (units: number, { coefficient, scale: own }: ExactDecimal): bigint =>
          BigInt(units) * coefficient * 10n ** (scale - BigInt(own));
        const sum = exact(inputTokens, input) + exact(outputTokens, output);
        const rounded = costOfUsage({ input, output }, usage(inputTokens, outputTokens));
        const error = rounded * 10n ** (scale - 12n) - sum;
        expect((error < 0n ? -error : error) * 2n <= 10n ** (scale - 12n)).toBe(true);
      }),
    );
  });
});

describe('isPricedFor', () => {
  const input = decimal('1e-6');
  it.each([
    [null, usage(0, 0), false],
    [{}, usage(0, 0), true],
    [{ input }, usage(5, 0), true],
    [{ input }, usage(5, 1), false],
    [{ output: input }, usage(5, 1), false],
    [{ input, output: decimal('0') }, usage(5, 1), true],
    [{ cachedInput: input }, usage(5, 0, 5), true],
    [{ cachedInput: input }, usage(5, 0, 4), false],
  ])('%# tells unknown from free', (prices, used, expected) => {
    expect(isPricedFor(prices, used)).toBe(expected);
  });
});

describe('reservationOf', () => {
  const defaultReservationUsd = decimal('0.05');

  it('is an upper bound of the cost of every call within its bounds', () => {
    fc.assert(
      fc.property(prices, tokens, tokens, (known, most, cached) => {
        const held = reservationOf({
          prices: known,
          inputTokensBound: most,
          outputTokensBound: most,
          serviceTier: null,
          defaultReservationUsd,
        });
        const used = usage(most, most, Math.min(cached, most));
        expect(held >= costOfUsage(known, used)).toBe(true);
      }),
    );
  });

  it('is the default where the request gives no bound, or the input where that is dearer', () => {
    const basis = { outputTokensBound: null, serviceTier: null, defaultReservationUsd };
    const prices = { input: decimalOfNumber(0.001), output: decimalOfNumber(0.001) };
    expect(reservationOf({ ...basis, prices, inputTokensBound: 10 })).toBe(50_000_000_000n);
    expect(reservationOf({ ...basis, prices, inputTokensBound: 60 })).toBe(60_000_000_000n);
  });

  it('is nothing without a price', () => {
    expect(
      reservationOf({
        prices: null,
        inputTokensBound: 10,
        outputTokensBound: 10,
        serviceTier: null,
        defaultReservationUsd,
      }),
    ).toBe(0n);
  });
});

describe('expectationOf', () => {
  const known = { input: decimal('1e-6'), output: decimal('2e-6') };
  const reservedPico = 10n ** 12n;

  it.each([
    [
      'a modest output where the request gives no bound',
      null,
      10n * 1_000_000n + 256n * 2_000_000n,
    ],
    ['a modest output below the bound', 4096, 10n * 1_000_000n + 256n * 2_000_000n],
    ['the output of a smaller bound', 16, 10n * 1_000_000n + 16n * 2_000_000n],
    ['the input alone where no output is billed', 0, 10n * 1_000_000n],
  ])('is the counted input and %s', (_what, outputTokensBound, cost) => {
    const basis = { prices: known, inputTokens: 10, reservedPico };
    const { expectedPico, expectedInputTokens, expectedOutputTokens } = expectationOf({
      ...basis,
      outputTokensBound,
    });
    expect(expectedPico).toBe(cost);
    const tokens = { inputTokens: expectedInputTokens, outputTokens: expectedOutputTokens };
    expect(costOfUsage(known, { ...tokens, cachedInputTokens: 0 })).toBe(cost);
  });

  it('is at most what is held, and nothing without a price', () => {
    const basis = { inputTokens: 10, outputTokensBound: null };
    const expectedOf = (prices: typeof known | null, mostPico: bigint): bigint =>
      expectationOf({ ...basis, prices, reservedPico: mostPico }).expectedPico;
    expect(expectedOf(known, 7n)).toBe(7n);
    expect(expectedOf(null, reservedPico)).toBe(0n);
  });
});
