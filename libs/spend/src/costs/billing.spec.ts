import { parseDecimal, type ExactDecimal } from '#libs/common';
import type { ModelPrices } from '#libs/config';
import {
  BY_INPUT_TOKENS,
  BY_NOTHING,
  BY_TOKENS,
  billedPrices,
  billingWayOf,
  type Billing,
} from './billing.js';
import { costOfUsage, isPricedFor, reservationRangeOf } from './cost.js';

const usd = (text: string): ExactDecimal => parseDecimal(text) ?? { coefficient: 0n, scale: 0 };
const BY_PICTURE: Billing = [['outputPicture'], ['input', 'output'], ['request']];

describe('billingWayOf', () => {
  it.each<[string, ModelPrices | null, Billing, readonly string[] | null]>([
    ['tokens', { input: usd('1'), output: usd('1') }, BY_TOKENS, ['input', 'output']],
    ['half of the tokens', { input: usd('1') }, BY_TOKENS, null],
    ['input alone', { input: usd('1') }, BY_INPUT_TOKENS, ['input']],
    [
      'the first of several',
      { outputPicture: usd('1'), request: usd('1') },
      BY_PICTURE,
      ['outputPicture'],
    ],
    ['the last of several', { input: usd('1'), request: usd('1') }, BY_PICTURE, ['request']],
    ['nothing', null, BY_PICTURE, null],
  ])('is known from prices of %s', (_what, prices, billing, way) => {
    expect(billingWayOf(prices, billing)).toEqual(way);
  });
});

describe('billedPrices', () => {
  const prices: ModelPrices = {
    input: usd('0.5'),
    output: usd('2'),
    outputPicture: usd('0.04'),
    request: usd('0.001'),
    tiers: [{ above: 10, prices: { input: usd('9'), outputPicture: usd('0.05') } }],
    serviceTiers: { flex: { input: usd('8'), outputPicture: usd('0.02') } },
  };
  const usage = {
    inputTokens: 5,
    cachedInputTokens: 0,
    outputTokens: 7,
    details: { outputPicture: 2 },
  };

  it('are all prices where tokens are billed', () => {
    expect(billedPrices(prices, BY_TOKENS)).toBe(prices);
    expect(billedPrices(null, BY_TOKENS)).toBeNull();
  });

  it('make everything free but the units of the way and the request', () => {
    const billed = billedPrices(prices, BY_PICTURE) ?? {};
    expect(billedPrices(prices, BY_PICTURE)).toBe(billed);
    expect(isPricedFor(billed, usage)).toBe(true);
    // 2 × 0.04 + 0.001
    expect(costOfUsage(billed, usage)).toBe(81_000_000_000n);
    expect(costOfUsage(billed, { ...usage, inputTokens: 11 })).toBe(101_000_000_000n);
    expect(costOfUsage(billed, usage, { serviceTier: 'flex', at: null })).toBe(41_000_000_000n);
  });

  it('are held for the bound of their units alone', () => {
    const basis = {
      prices: billedPrices(prices, BY_PICTURE),
      inputTokensBound: 1_000,
      outputTokensBound: null,
      unitsBound: { outputPicture: 3 },
      serviceTier: 'default',
      defaultReservationUsd: usd('9'),
    };
    // 3 × 0.05 + 0.001: its input may reach the tier.
    expect(reservationRangeOf(basis)).toEqual({
      leastPico: 151_000_000_000n,
      mostPico: 151_000_000_000n,
    });
  });
});

describe('a hold', () => {
  const basis = {
    inputTokensBound: 10,
    outputTokensBound: null,
    serviceTier: null,
    defaultReservationUsd: usd('0.05'),
  };

  it('is nothing for a call that is free of any length', () => {
    const prices: ModelPrices = { input: usd('0'), output: usd('0') };
    expect(reservationRangeOf({ ...basis, prices }).mostPico).toBe(0n);
  });

  it('is the default where the output has a price that is not known', () => {
    const prices: ModelPrices = { input: usd('0') };
    expect(reservationRangeOf({ ...basis, prices }).mostPico).toBe(50_000_000_000n);
  });

  it('is the default where a unit has a price and no bound', () => {
    const prices: ModelPrices = { input: usd('0'), output: usd('0'), query: usd('0.002') };
    expect(reservationRangeOf({ ...basis, prices }).mostPico).toBe(50_000_000_000n);
    const bounded = { ...basis, prices, unitsBound: { query: 2 } };
    expect(reservationRangeOf(bounded).mostPico).toBe(4_000_000_000n);
  });
});

describe('an operation that is not billed', () => {
  const prices: ModelPrices = { input: usd('1'), output: usd('2'), request: usd('3') };

  it.each([null, prices])('costs and holds nothing at prices of %j, and has a price', (known) => {
    const billed = billedPrices(known, BY_NOTHING);
    expect(billingWayOf(known, BY_NOTHING)).toEqual([]);
    expect(
      costOfUsage(billed ?? prices, { inputTokens: 5, cachedInputTokens: 0, outputTokens: 7 }),
    ).toBe(0n);
    const held = reservationRangeOf({
      ...{ prices: billed, inputTokensBound: 1_000, outputTokensBound: null },
      ...{ serviceTier: null, defaultReservationUsd: usd('0.05') },
    });
    expect(held).toEqual({ leastPico: 0n, mostPico: 0n });
  });
});
