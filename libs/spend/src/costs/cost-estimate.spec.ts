import { formatDecimal, parseDecimal, picoUsdOf, sumOf, type ExactDecimal } from '#libs/common';
import type { ModelPrices } from '#libs/config';
import { estimateOf } from './cost-estimate.js';
import { costOfUsage } from './cost.js';

const exact = (text: string): ExactDecimal => parseDecimal(text) ?? { coefficient: 0n, scale: 0 };
const usage = { inputTokens: 1000, cachedInputTokens: 0, outputTokens: 500 };
const PRICES: ModelPrices = { input: exact('0.000003'), output: exact('0.000018') };
const partsOf = (prices: ModelPrices, of = usage): string[] => {
  const { input, output, margin, total } = estimateOf(prices, of);
  expect(formatDecimal(sumOf(sumOf(input, output), margin))).toBe(formatDecimal(total));
  expect(picoUsdOf(total)).toBe(costOfUsage(prices, of));
  return [input, output, margin, total].map(formatDecimal);
};

describe('the estimate of a cost', () => {
  it('has exact parts that add up to what a call would be booked with', () => {
    expect(partsOf(PRICES)).toEqual(['0.003', '0.009', '0', '0.012']);
  });

  it('counts a fixed margin once, as margin', () => {
    const adjustment = {
      discount: exact('0'),
      margin: exact('0.1'),
      fixedUsd: exact('0.001'),
    };
    expect(partsOf({ ...PRICES, adjustment })).toEqual(['0.003', '0.009', '0.0022', '0.0142']);
  });

  it('has the discount in the input and in the output', () => {
    const adjustment = { discount: exact('0.05'), margin: exact('0'), fixedUsd: exact('0') };
    expect(partsOf({ ...PRICES, adjustment })).toEqual(['0.00285', '0.00855', '0', '0.0114']);
  });

  it('has the price of the output in the tier that the input reaches', () => {
    const tiers = [{ above: 900, prices: { output: exact('0.00002') } }];
    expect(partsOf({ ...PRICES, tiers })).toEqual(['0.003', '0.01', '0', '0.013']);
  });

  it('has the price of a request in the input', () => {
    expect(partsOf({ ...PRICES, request: exact('0.5') })).toEqual(['0.503', '0.009', '0', '0.512']);
  });
});
