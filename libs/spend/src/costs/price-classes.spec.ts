import { parseDecimal, type ExactDecimal } from '#libs/common';
import type { ModelPrices } from '#libs/config';
import { costOfUsage, reservationOf } from './cost.js';
import { listedModel } from './list-prices.js';
import { isClassPriced, mergedPriceClass, priceClassIn } from './price-classes.js';

const usd = (text: string): ExactDecimal => parseDecimal(text) ?? { coefficient: 0n, scale: 0 };
const BASE: ModelPrices = { input: usd('1e-6'), cacheWriteHour: usd('2e-6'), output: usd('5e-6') };
const PRICES: ModelPrices = { ...BASE, factors: { fast: usd('6'), us: usd('1.1') } };
const USAGE = {
  ...{ inputTokens: 20, cachedInputTokens: 0, outputTokens: 10 },
  details: { cacheWriteHour: 10 },
};
/** 10 × 1 + 10 × 2 + 10 × 5 millionths of a dollar. */
const STANDARD_PICO = 80_000_000n;

const costOf = (prices: ModelPrices, serviceTier: string | null): bigint =>
  costOfUsage(prices, USAGE, { serviceTier, at: null });
const heldFor = (prices: ModelPrices, serviceTier: string | null): bigint =>
  reservationOf({
    ...{ prices, serviceTier, inputTokensBound: 20, outputTokensBound: 10 },
    defaultReservationUsd: usd('0'),
  });

describe('the price of speed and place', () => {
  it.each([
    [{}, 10n],
    [{ service_tier: 'standard', speed: 'standard', inference_geo: 'global' }, 10n],
    [{ inference_geo: 'not_available' }, 10n],
    [{ inference_geo: 'us' }, 11n],
    [{ speed: 'fast' }, 60n],
    [{ speed: 'fast', inference_geo: 'us', service_tier: 'standard' }, 66n],
  ])('multiplies every kind of token: %j', (members, tenths) => {
    expect(costOf(PRICES, priceClassIn(members))).toBe((STANDARD_PICO * tenths) / 10n);
  });

  it('leaves what is not a token at its price', () => {
    const prices = { ...PRICES, request: usd('1'), searchMedium: usd('0.01') };
    const searched = { ...USAGE, details: { ...USAGE.details, searchMedium: 2 } };
    const costPico = costOfUsage(prices, searched, { serviceTier: 'speed_fast', at: null });
    expect(costPico).toBe(STANDARD_PICO * 6n + 1_020_000_000_000n);
  });

  it('is that of the priority tier for fast mode without a factor', () => {
    const prices = { ...BASE, serviceTiers: { priority: { output: usd('50e-6') } } };
    expect(costOf(prices, 'speed_fast')).toBe(STANDARD_PICO + 450_000_000n);
    expect(isClassPriced(prices, 'speed_fast', false)).toBe(true);
  });

  it.each([
    ['standard+speed_standard', true, true],
    ['speed_fast', false, false],
    ['inference_geo_us', false, false],
    ['inference_geo_toString', false, false],
    ['flex', true, false],
    ['standard_only', true, true],
  ])('of %s is known only where a factor says it', (name, isConfigured, isListed) => {
    expect(isClassPriced(BASE, name, true)).toBe(isConfigured);
    expect(isClassPriced(BASE, name, false)).toBe(isListed);
  });

  it.each(['speed_fast', 'inference_geo_us', 'speed_fast+inference_geo_us'])(
    'of %s is known with factors',
    (name) => {
      expect(isClassPriced(PRICES, name, false)).toBe(true);
    },
  );

  it.each([
    ['fast mode', 'speed_fast', ['speed_fast', 'speed_standard', 'speed_fast+inference_geo_us']],
    ['a place', 'inference_geo_us', ['inference_geo_us', 'inference_geo_global']],
    ['nothing', null, [null, 'inference_geo_us']],
  ])('is held for %s at the highest that the upstream may bill', (_, asked, served) => {
    const held = heldFor(PRICES, asked);
    for (const one of served) expect(costOf(PRICES, one)).toBeLessThanOrEqual(held);
  });

  it('is not held for a place or a speed that the request excludes', () => {
    const standard = heldFor(BASE, null);
    expect(heldFor(PRICES, 'inference_geo_global')).toBe(standard);
    expect(heldFor(PRICES, null)).toBe((standard * 11n) / 10n);
    expect(heldFor(PRICES, 'speed_fast')).toBe((standard * 66n) / 10n);
  });

  it('of a place is known for listed models of Anthropic, that of fast mode is not', () => {
    const { prices = null } = listedModel('anthropic', 'claude-opus-4-6', new Date()) ?? {};
    expect(isClassPriced(prices, 'inference_geo_us', false)).toBe(true);
    expect(isClassPriced(prices, 'speed_fast', false)).toBe(false);
  });
});

describe('a price class', () => {
  it.each([
    [null, 'speed_fast', 'speed_fast'],
    ['standard', 'speed_fast+inference_geo_us', 'standard+speed_fast+inference_geo_us'],
    ['speed_standard', 'speed_fast', 'speed_standard'],
    ['standard+inference_geo_global', 'flex+inference_geo_us', 'standard+inference_geo_global'],
    ['default', null, 'default'],
  ])('%s of a response and %s of its request are %s', (answered, asked, whole) => {
    expect(mergedPriceClass(answered, asked)).toBe(whole);
  });
});
