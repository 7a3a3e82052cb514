import fc from 'fast-check';
import { parseDecimal, type ExactDecimal } from '#libs/common';
import type { LengthPrices, ModelPrices, PricedUnit, UnitPrices } from '#libs/config';
import { pricesFor, type PriceTerms } from './applied-prices.js';
import { costOfUsage, isPricedFor, reservationOf } from './cost.js';
import type { TokenUsage } from './token-usage.js';
import { INPUT_DETAILS, OUTPUT_DETAILS, PRICED_UNITS } from './usage-units.js';

const usd = (text: string): ExactDecimal => parseDecimal(text) ?? { coefficient: 0n, scale: 0 };
const usage = (inputTokens: number, outputTokens = 0): TokenUsage => ({
  inputTokens,
  cachedInputTokens: 0,
  outputTokens,
});
const terms = (serviceTier: string | null, at: string | null = null): PriceTerms => ({
  serviceTier,
  at: at === null ? null : new Date(at),
});

const price = fc.record({
  coefficient: fc.bigInt(0n, 10n ** 6n),
  scale: fc.integer({ min: 0, max: 15 }),
});
const fraction = fc.record({ coefficient: fc.bigInt(0n, 1000n), scale: fc.constant(3) });
const unitPrices: fc.Arbitrary<UnitPrices> = fc.dictionary(
  fc.constantFrom(
    ...PRICED_UNITS.filter((unit) => !/Picture|Pixel|Second|Char|query|page/.test(unit)),
  ),
  price,
);
const lengthPrices = (base: fc.Arbitrary<UnitPrices>): fc.Arbitrary<LengthPrices> =>
  fc
    .tuple(
      base,
      fc.array(fc.record({ above: fc.integer({ min: -1, max: 2_000 }), prices: unitPrices }), {
        maxLength: 3,
      }),
    )
    .map(([prices, tiers]) => ({ ...prices, tiers: tiers.sort((a, b) => a.above - b.above) }));
const modelPrices: fc.Arbitrary<ModelPrices> = fc
  .record({
    base: lengthPrices(unitPrices),
    flex: lengthPrices(unitPrices),
    priority: lengthPrices(unitPrices),
    offPeak: unitPrices,
    adjustment: fc.record({ discount: fraction, margin: price, fixedUsd: price }),
  })
  .map(({ base, flex, priority, offPeak, adjustment }) => ({
    ...base,
    adjustment,
    serviceTiers: { flex, priority },
    offPeak: {
      windows: [{ weekdays: null, start: 0, end: 720 }],
      weekdayZone: 'UTC',
      prices: offPeak,
    },
  }));
const share = fc.nat({ max: 100 });
const shares = fc.array(share, { minLength: 9, maxLength: 9 });

/** A usage within bounds, split among all kinds of tokens. */
function usageWithin(input: number, output: number, parts: readonly number[]): TokenUsage {
  const details: Partial<Record<PricedUnit, number>> = {};
  let restOfInput = input;
  let restOfOutput = output;
  const cachedInputTokens = Math.min(parts[8] ?? 0, restOfInput);
  restOfInput -= cachedInputTokens;
  INPUT_DETAILS.forEach((unit, at) => {
    details[unit] = Math.min(parts[at] ?? 0, restOfInput);
    restOfInput -= details[unit];
  });
  OUTPUT_DETAILS.forEach((unit, at) => {
    details[unit] = Math.min(parts[4 + at] ?? 0, restOfOutput);
    restOfOutput -= details[unit];
  });
  return { inputTokens: input, cachedInputTokens, outputTokens: output, details };
}

describe('the prices of a call', () => {
  const tiered: ModelPrices = {
    input: usd('1e-6'),
    output: usd('2e-6'),
    cachedInput: usd('1e-7'),
    tiers: [
      { above: 100, prices: { input: usd('3e-6') } },
      { above: 200, prices: { input: usd('5e-6'), output: usd('7e-6') } },
    ],
  };

  it.each([
    [100, 100n * 1_000_000n + 10n * 2_000_000n],
    [101, 101n * 3_000_000n + 10n * 2_000_000n],
    [200, 200n * 3_000_000n + 10n * 2_000_000n],
    [201, 201n * 5_000_000n + 10n * 7_000_000n],
  ])(
    'are for all tokens those of the highest threshold that %d tokens of input exceed',
    (input, cost) => {
      expect(costOfUsage(tiered, usage(input, 10))).toBe(cost);
    },
  );

  it('are those of the service tier, and the standard ones where that has none', () => {
    const prices: ModelPrices = {
      ...tiered,
      serviceTiers: { priority: { input: usd('9e-6') }, flex: { output: usd('1e-6') } },
    };
    expect(costOfUsage(prices, usage(10, 10), terms('priority'))).toBe(90_000_000n + 20_000_000n);
    expect(costOfUsage(prices, usage(10, 10), terms('fast'))).toBe(90_000_000n + 20_000_000n);
    expect(costOfUsage(prices, usage(10, 10), terms('flex'))).toBe(10_000_000n + 10_000_000n);
    expect(costOfUsage(prices, usage(10, 10), terms('default'))).toBe(10_000_000n + 20_000_000n);
  });

  it.each([
    ['2026-11-28T16:29:59Z', false],
    ['2026-11-28T16:30:00Z', true],
    ['2026-11-29T00:29:59Z', true],
    ['2026-11-29T00:30:00Z', false],
    // Saturday in Shanghai, and the hours of the second window.
    ['2026-11-27T16:10:00Z', true],
    ['2026-11-27T15:59:59Z', false],
    ['2026-11-26T16:10:00Z', false],
  ])('at %s are off the peak: %s', (at, isOffPeak) => {
    const prices: ModelPrices = {
      input: usd('2e-6'),
      offPeak: {
        windows: [
          { weekdays: null, start: 990, end: 30 },
          { weekdays: [6], start: 960, end: 975 },
        ],
        weekdayZone: 'Asia/Shanghai',
        prices: { input: usd('1e-6') },
      },
    };
    expect(costOfUsage(prices, usage(1), terms(null, at))).toBe(
      isOffPeak ? 1_000_000n : 2_000_000n,
    );
  });

  it('are charged after a discount and with a margin, exactly, and rounded once', () => {
    const adjustment = { discount: usd('0.05'), margin: usd('0.1'), fixedUsd: usd('0.0005') };
    const prices: ModelPrices = { input: usd('1.25e-6'), output: usd('1e-5'), adjustment };
    // (1001 × 0.00000125 + 7 × 0.00001) × 0.95 × 1.1 + 0.0005
    expect(costOfUsage(prices, usage(1001, 7))).toBe(1_880_706_250n);
    const third: ModelPrices = {
      input: usd('1e-12'),
      adjustment: { ...adjustment, fixedUsd: usd('0') },
    };
    // 0.95 × 1.1 = 1.045 of a pico-dollar each; rounded alone, ten of them were ten.
    expect(costOfUsage(third, usage(100))).toBe(104n);
    expect(costOfUsage(third, usage(500))).toBe(522n);
  });

  it('of a call have the fixed amount of the margin, which is held, too', () => {
    const adjustment = { discount: usd('0'), margin: usd('0'), fixedUsd: usd('0.5') };
    const held = reservationOf({
      prices: { input: usd('0'), output: usd('0'), adjustment },
      inputTokensBound: 10,
      outputTokensBound: 10,
      serviceTier: null,
      defaultReservationUsd: usd('0'),
    });
    expect(held).toBe(500_000_000_000n);
  });

  it('of a kind of token without a price are those of plain tokens, and searches have none', () => {
    const details = { cacheWriteHour: 1, inputAudio: 1, reasoning: 1, outputImage: 1 };
    const all = { ...usage(2, 2), details };
    const plain = { input: usd('1'), output: usd('10') };
    expect(costOfUsage(plain, all)).toBe(22n * 10n ** 12n);
    expect(isPricedFor(plain, all)).toBe(true);
    expect(isPricedFor(plain, { ...all, details: { ...details, searchLow: 1 } })).toBe(false);
    expect(
      pricesFor({ ...plain, cacheWrite: usd('3') }, 2, terms(null)).prices.cacheWriteHour,
    ).toEqual(usd('3'));
  });

  it('never come to more than what was held for a call within its bounds, in every tier, hour and kind of token', () => {
    fc.assert(
      fc.property(
        fc.record({
          prices: modelPrices,
          input: fc.nat({ max: 3_000 }),
          output: fc.nat({ max: 3_000 }),
          unused: fc.tuple(
            fc.double({ min: 0, max: 1, noNaN: true }),
            fc.double({ min: 0, max: 1, noNaN: true }),
          ),
          parts: shares,
          asked: fc.constantFrom(null, 'auto', 'flex', 'priority', 'default'),
          isAtNight: fc.boolean(),
          searches: fc.nat({ max: 60 }),
        }),
        fc.constantFrom('flex', 'priority', null),
        ({ prices, input, output, unused, parts, asked, isAtNight, searches }, answered) => {
          const held = reservationOf({
            prices,
            inputTokensBound: input,
            outputTokensBound: output,
            searchesBound: searches,
            serviceTier: asked,
            defaultReservationUsd: usd('0'),
          });
          const served = asked === null || asked === 'auto' ? answered : [asked, null][output % 2];
          const used = usageWithin(
            Math.floor(input * unused[0]),
            Math.floor(output * unused[1]),
            parts,
          );
          const at = isAtNight ? '2026-11-28T01:00:00Z' : '2026-11-28T13:00:00Z';
          const sizes = ['searchLow', 'searchMedium', 'searchHigh'] as const;
          const searched = { [sizes[searches % 3] ?? 'searchLow']: searches };
          const all = { ...used, details: { ...used.details, ...searched } };
          expect(costOfUsage(prices, all, terms(served ?? null, at)) <= held).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});
