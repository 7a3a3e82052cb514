import { parseDecimal } from '#libs/common';
import { settingsFromYaml, type ModelPrices } from '#libs/config';
import { batchPricesOf } from './batch-prices.js';
import { costOfUsage } from './cost.js';

function pricesOf(yaml: string): ModelPrices {
  const params = `{ model: openai/m, api_base: "http://u.example/v1", api_key: k, ${yaml} }`;
  const settings = settingsFromYaml(`model_list: [{ model_name: m, litellm_params: ${params} }]`);
  return settings.deployments[0]?.prices ?? {};
}

const USAGE = { inputTokens: 1_000, cachedInputTokens: 200, outputTokens: 100 };

describe('the prices of requests in a batch', () => {
  it('are half of the standard prices, of every unit', () => {
    const prices = pricesOf(
      'input_cost_per_token: 3e-6, cache_read_input_token_cost: 1e-6, output_cost_per_token: 1.5e-5',
    );
    const whole = costOfUsage(prices, USAGE);
    expect(costOfUsage(batchPricesOf(prices), USAGE) * 2n).toBe(whole);
    expect(whole).toBe(800n * 3_000_000n + 200n * 1_000_000n + 100n * 15_000_000n);
  });

  it('are those that the configuration has for batches, and half for the units that it leaves out', () => {
    const prices = pricesOf(
      'input_cost_per_token: 3e-6, output_cost_per_token: 1.5e-5, input_cost_per_token_batches: 2e-6',
    );
    const usage = { ...USAGE, cachedInputTokens: 0 };
    expect(costOfUsage(batchPricesOf(prices), usage)).toBe(1_000n * 2_000_000n + 100n * 7_500_000n);
  });

  it('follow the length of the input of each request', () => {
    const prices = pricesOf(
      'input_cost_per_token: 2e-6, output_cost_per_token: 2e-6, input_cost_per_token_above_200k_tokens: 6e-6',
    );
    const long = { inputTokens: 200_001, cachedInputTokens: 0, outputTokens: 0 };
    expect(costOfUsage(batchPricesOf(prices), long)).toBe(200_001n * 3_000_000n);
  });

  it('keep discount and margin, and know no hours of the day', () => {
    const margin = parseDecimal('0.1') ?? { coefficient: 0n, scale: 0 };
    const none = { coefficient: 0n, scale: 0 };
    const prices: ModelPrices = {
      ...pricesOf('input_cost_per_token: 2e-6, output_cost_per_token: 2e-6'),
      adjustment: { discount: none, margin, fixedUsd: none },
    };
    expect(costOfUsage(batchPricesOf(prices), USAGE)).toBe(1_210_000_000n);
    expect(batchPricesOf(prices).offPeak).toBeUndefined();
  });
});
