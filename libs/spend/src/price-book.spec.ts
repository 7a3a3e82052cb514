import { aDeployment } from '#support/access-builders';
import { ManualClock } from '#support/manual-clock';
import { costOfUsage } from './cost.js';
import { PriceBook } from './price-book.js';

describe('PriceBook', () => {
  const book = new PriceBook(new ManualClock());
  const decimal = (coefficient: bigint, scale: number): { coefficient: bigint; scale: number } => ({
    coefficient,
    scale,
  });

  it('finds list prices as exact decimals per token', () => {
    expect(book.find(aDeployment({ upstreamModel: 'gpt-4o' }))).toEqual({
      input: decimal(25n, 7),
      cachedInput: decimal(125n, 8),
      output: decimal(10n, 6),
    });
  });

  it('knows Azure deployments by their base model, with and without its provider', () => {
    const azure = aDeployment({ provider: 'azure', upstreamModel: 'our-own-name' });
    expect(book.find(azure)).toBeNull();
    expect(book.find({ ...azure, baseModel: 'gpt-4o' })?.output).toEqual(decimal(10n, 6));
    expect(book.find({ ...azure, baseModel: 'azure/gpt-4o' })?.output).toEqual(decimal(10n, 6));
  });

  it('takes the prices of the deployment before the list', () => {
    const prices = { input: decimal(1n, 0), output: decimal(2n, 0) };
    expect(book.find(aDeployment({ upstreamModel: 'gpt-4o', prices }))).toBe(prices);
  });

  it('completes half a price from the list, but never the cached one of another input price', () => {
    const input = decimal(1n, 0);
    expect(book.find(aDeployment({ upstreamModel: 'gpt-4o', prices: { input } }))).toEqual({
      input,
      output: decimal(10n, 6),
    });
    const output = decimal(2n, 0);
    expect(book.find(aDeployment({ upstreamModel: 'gpt-4o', prices: { output } }))).toEqual({
      input: decimal(25n, 7),
      cachedInput: decimal(125n, 8),
      output,
    });
  });

  it('keeps an explicit zero', () => {
    const prices = { input: decimal(0n, 0), output: decimal(0n, 0) };
    const found = book.find(aDeployment({ upstreamModel: 'gpt-4o', prices }));
    expect(
      costOfUsage(found ?? {}, { inputTokens: 5, cachedInputTokens: 0, outputTokens: 5 }),
    ).toBe(0n);
  });

  it('takes the base tier of prices that depend on the length', () => {
    const found = book.find(aDeployment({ provider: 'gemini', upstreamModel: 'gemini-2.5-pro' }));
    expect(found?.input).toEqual(decimal(125n, 8));
  });

  it('does not guess the provider of a self-hosted model', () => {
    expect(book.find(aDeployment({ provider: 'hosted_vllm', upstreamModel: 'gpt-4o' }))).toBeNull();
    expect(book.find(aDeployment({ upstreamModel: 'no-such-model' }))).toBeNull();
  });
});
