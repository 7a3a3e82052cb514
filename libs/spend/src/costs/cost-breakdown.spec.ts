import fc from 'fast-check';
import { formatDecimal, parseDecimal, picoUsdOf, type ExactDecimal } from '#libs/common';
import type { ModelPrices } from '#libs/config';
import { breakdownOf, costBasisOf } from './cost-breakdown.js';
import { costOfUsage } from './cost.js';
import type { TokenUsage } from './token-usage.js';

const usd = (text: string): ExactDecimal => parseDecimal(text) ?? { coefficient: 0n, scale: 0 };
const terms = { serviceTier: null, at: null };

const price = fc.record({
  coefficient: fc.bigInt(0n, 10n ** 6n),
  scale: fc.integer({ min: 0, max: 15 }),
});
const share = fc.record({ coefficient: fc.bigInt(0n, 1_000n), scale: fc.constant(3) });
const count = fc.nat({ max: 10_000 });

describe('the breakdown of a cost', () => {
  it('has parts, discount and margin that give the booked cost to the last digit, for all prices and usages', () => {
    fc.assert(
      fc.property(
        fc.record({
          input: price,
          output: price,
          cacheWriteHour: price,
          reasoning: price,
          searchMedium: price,
          tier: price,
          discount: share,
          margin: price,
          fixedUsd: price,
        }),
        fc.record({
          plain: count,
          cached: count,
          written: count,
          text: count,
          thought: count,
          searches: count,
        }),
        fc.boolean(),
        ({ tier, discount, margin, fixedUsd, ...base }, counts, isPlain) => {
          const prices: ModelPrices = {
            ...base,
            tiers: [{ above: 5_000, prices: { input: tier } }],
            adjustment: { discount, margin, fixedUsd },
          };
          const details = {
            cacheWriteHour: counts.written,
            reasoning: counts.thought,
            searchMedium: counts.searches,
          };
          const usage: TokenUsage = {
            inputTokens: counts.plain + counts.cached + counts.written,
            cachedInputTokens: counts.cached,
            outputTokens: counts.text + counts.thought,
            ...(isPlain ? {} : { details }),
          };
          const { total } = breakdownOf(usage, costBasisOf(prices, usage, terms));
          expect(picoUsdOf(total)).toBe(costOfUsage(prices, usage, terms));
        },
      ),
    );
  });

  it('names each unit with its count, its price before the discount, and its cost', () => {
    const prices: ModelPrices = {
      input: usd('2.5e-6'),
      cachedInput: usd('1.25e-6'),
      output: usd('1e-5'),
      adjustment: { discount: usd('0.5'), margin: usd('0.1'), fixedUsd: usd('0.001') },
    };
    const usage = {
      inputTokens: 10,
      cachedInputTokens: 4,
      outputTokens: 3,
      details: { reasoning: 2 },
    };
    const breakdown = breakdownOf(usage, costBasisOf(prices, usage, terms));
    const shown = breakdown.parts.map((part) => [
      part.unit,
      part.count,
      formatDecimal(part.unitUsd),
      formatDecimal(part.usd),
    ]);
    expect(shown).toEqual([
      ['input', 6, '0.0000025', '0.000015'],
      ['cachedInput', 4, '0.00000125', '0.000005'],
      ['output', 1, '0.00001', '0.00001'],
      ['reasoning', 2, '0.00001', '0.00002'],
    ]);
    expect(formatDecimal(breakdown.original)).toBe('0.00005');
    expect(formatDecimal(breakdown.discount)).toBe('0.000025');
    expect(formatDecimal(breakdown.margin)).toBe('0.0010025');
    expect(formatDecimal(breakdown.total)).toBe('0.0010275');
  });

  it('is recorded in one object for all plain calls at the same prices', () => {
    const prices: ModelPrices = { input: usd('1'), output: usd('2') };
    const basis = (inputTokens: number) =>
      costBasisOf(prices, { inputTokens, cachedInputTokens: 0, outputTokens: 1 }, terms);
    expect(basis(1)).toBe(basis(2));
    expect(basis(1)).toEqual({ unitUsd: { input: '1', cachedInput: '1', output: '2' } });
  });
});
