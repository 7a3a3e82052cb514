import fc from 'fast-check';
import {
  formatDecimal,
  costOf,
  decimalOfNumber,
  formatUsd,
  parseDecimal,
  parseUsd,
  picoUsdOf,
  usdNumber,
} from './money.js';

const decimal = (text: string) => {
  const parsed = parseDecimal(text);
  if (parsed === null) throw new Error(`not a decimal: ${text}`);
  return parsed;
};

describe('parseDecimal', () => {
  it.each([
    ['0', 0n, 0],
    ['3', 3n, 0],
    ['2.50', 250n, 2],
    ['.5', 5n, 1],
    ['5.', 5n, 0],
    ['2.5e-6', 25n, 7],
    ['-1.5', -15n, 1],
    ['3e2', 300n, 0],
  ])('reads %s exactly', (text, coefficient, scale) => {
    expect(parseDecimal(text)).toEqual({ coefficient, scale });
  });

  it.each(['', '.', 'abc', '1,5', '1e', '0x10', 'NaN', 'Infinity', '1e99999', '9'.repeat(401)])(
    'refuses %p',
    (text) => {
      expect(parseDecimal(text)).toBeNull();
    },
  );

  it('reads every finite number as what it prints as', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e30, max: 1e30 }),
        (value) => {
          const { coefficient, scale } = decimalOfNumber(value);
          expect(Number(`${coefficient.toString()}e-${String(scale)}`)).toBe(
            value === 0 ? 0 : value,
          );
        },
      ),
    );
  });

  it('refuses numbers that are not finite', () => {
    expect(() => decimalOfNumber(Number.NaN)).toThrow(RangeError);
  });
});

describe('costOf', () => {
  it('sums units times prices without any error', () => {
    const cost = costOf([
      { units: 1_000n, price: decimal('0.0000025') },
      { units: 321n, price: decimal('0.00001') },
    ]);
    expect(formatUsd(cost)).toBe('0.005710000000');
  });

  it.each([
    ['0.0000000000005', '0.000000000000'],
    ['0.0000000000015', '0.000000000002'],
    ['0.0000000000025', '0.000000000002'],
    ['0.00000000000250001', '0.000000000003'],
    ['-0.0000000000015', '-0.000000000002'],
    ['-0.0000000000025', '-0.000000000002'],
  ])('rounds %s half to even to %s', (price, expected) => {
    expect(formatUsd(costOf([{ units: 1n, price: decimal(price) }]))).toBe(expected);
  });

  it('rounds once, after the sum, not once per term', () => {
    const half = { units: 1n, price: decimal('0.0000000000004') };
    expect(costOf([half, half, half])).toBe(1n);
  });

  it('does not depend on the order of the terms', () => {
    const term = fc.record({
      units: fc.bigInt({ min: 0n, max: 10n ** 12n }),
      price: fc.record({
        coefficient: fc.bigInt({ min: 0n, max: 10n ** 9n }),
        scale: fc.integer({ min: 0, max: 20 }),
      }),
    });
    fc.assert(
      fc.property(fc.array(term, { maxLength: 6 }), (terms) => {
        expect(costOf([...terms].reverse())).toBe(costOf(terms));
      }),
    );
  });
});

describe('formatUsd and parseUsd', () => {
  it('are inverse to each other for every amount', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), (amount) => {
        expect(parseUsd(formatUsd(amount))).toBe(amount);
      }),
    );
  });

  it('show all twelve decimals', () => {
    expect(formatUsd(picoUsdOf(decimal('1.5')))).toBe('1.500000000000');
    expect(formatUsd(-1n)).toBe('-0.000000000001');
  });

  it('give JSON the nearest number', () => {
    expect(usdNumber(5_710_000_000n)).toBe(0.00571);
    const amounts = fc.oneof(fc.bigInt(), fc.bigInt({ min: -(2n ** 54n), max: 2n ** 54n }));
    fc.assert(
      fc.property(amounts, (amount) => {
        expect(usdNumber(amount)).toBe(Number(formatUsd(amount)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuse a string that is not an amount', () => {
    expect(() => parseUsd('free')).toThrow(RangeError);
  });
});

describe('formatDecimal', () => {
  it.each([
    ['0', '0'],
    ['1e3', '1000'],
    ['2.50e-6', '0.0000025'],
    ['-0.10', '-0.1'],
    ['12.000', '12'],
  ])('writes %s as %s', (text, written) => {
    expect(formatDecimal(parseDecimal(text) ?? { coefficient: 7n, scale: 0 })).toBe(written);
  });
});
