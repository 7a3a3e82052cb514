import { parseDecimal } from '#libs/common';
import { refusalOf, warningsOf } from '#support/config-outcome';
import { settingsFromYaml } from '../load-settings.js';
import type { ModelPrices } from '../model/prices.js';
import { MODEL_INFO_IGNORED, MODEL_PARAMS_IGNORED } from '../names/litellm-ignored-names.js';
import { PRICE_NAMES, priceFieldOf } from '../schema/prices.config.js';

const usd = parseDecimal;

function pricesIn(params: string, model = 'openai/x', info = '{}'): ModelPrices | null | undefined {
  const entry = `{ model_name: x, litellm_params: { model: ${model}, api_base: 'https://llm.acme.example', ${params} }, model_info: ${info} }`;
  return settingsFromYaml(`model_list: [${entry}]`).deployments[0]?.prices;
}

describe('the prices of a deployment', () => {
  it.each([...PRICE_NAMES])('has %s as the price of its unit, in both sections', (name, unit) => {
    expect(pricesIn(`${name}: 0.00012345678901234567`)).toEqual({
      [unit]: usd('0.00012345678901234567'),
    });
    expect(pricesIn('', 'openai/x', `{ ${name}: '3e-7' }`)).toEqual({ [unit]: usd('3e-7') });
  });

  it('is never among the keys that are said to have no effect', () => {
    const ignored = new Set([...MODEL_PARAMS_IGNORED.keys(), ...MODEL_INFO_IGNORED.keys()]);
    expect([...ignored].filter((name) => priceFieldOf(name) !== null)).toEqual([]);
    expect(ignored).toContain('vector_store_cost_per_gb_per_day');
  });

  it('has prices above thresholds in ascending order, those of service tiers apart', () => {
    expect(
      pricesIn(`input_cost_per_token: 1e-6, input_cost_per_token_above_272k_tokens: 3e-6,
        input_cost_per_token_above_128k_tokens: 2e-6, cache_creation_input_token_cost_above_1hr_above_128k_tokens: 4e-6,
        output_cost_per_token_flex: 5e-7, input_cost_per_token_above_128k_tokens_priority: 4e-6,
        output_cost_per_token_batches: 1e-7, output_cost_per_token_ultrafast: 6e-5`),
    ).toEqual({
      input: usd('1e-6'),
      tiers: [
        { above: 128_000, prices: { input: usd('2e-6'), cacheWriteHour: usd('4e-6') } },
        { above: 272_000, prices: { input: usd('3e-6') } },
      ],
      serviceTiers: {
        flex: { output: usd('5e-7') },
        batches: { output: usd('1e-7') },
        ultrafast: { output: usd('6e-5') },
        priority: { tiers: [{ above: 128_000, prices: { input: usd('4e-6') } }] },
      },
    });
  });

  it('reaches a threshold of xAI with exactly its number of tokens', () => {
    expect(pricesIn('input_cost_per_token_above_128k_tokens: 2e-6', 'xai/x')?.tiers).toEqual([
      { above: 127_999, prices: { input: usd('2e-6') } },
    ]);
  });

  it('reads a table of tiers, whose other input prices are its input price', () => {
    const prices = pricesIn(`output_cost_per_token: 9e-6, input_cost_per_token_above_1k_tokens: 7,
      tiered_pricing: [{ range: [32000, 128000], input_cost_per_token: 2e-6, output_cost_per_token: 4e-6 },
        { range: [0, 32000], input_cost_per_token: 1e-6, cache_read_input_token_cost: 1e-7 }]`);
    const dear = usd('2e-6');
    const cheap = usd('1e-6');
    expect(prices).toMatchObject({ input: cheap, output: usd('9e-6'), cachedInput: usd('1e-7') });
    expect(prices?.tiers).toEqual([
      {
        above: -1,
        prices: {
          input: cheap,
          cachedInput: usd('1e-7'),
          cacheWrite: cheap,
          cacheWriteHour: cheap,
          inputAudio: cheap,
          inputImage: cheap,
          inputVideo: cheap,
          cachedAudio: usd('1e-7'),
          cachedImage: usd('1e-7'),
        },
      },
      {
        above: 32_000,
        prices: {
          input: dear,
          output: usd('4e-6'),
          cachedInput: dear,
          cacheWrite: dear,
          cacheWriteHour: dear,
          inputAudio: dear,
          inputImage: dear,
          inputVideo: dear,
          cachedAudio: dear,
          cachedImage: dear,
        },
      },
    ]);
  });

  it('reads hours, weekdays and prices off the peak', () => {
    const prices = pricesIn(
      '',
      'openai/x',
      `{ off_peak_pricing: { hours_utc: '16:30-00:30', weekday_timezone: Asia/Shanghai,
        windows: [{ weekdays: [sat, Sunday, 1], hours_utc: ['00:00-00:00'] }], output_cost_per_token: 1e-6 } }`,
    );
    expect(prices?.offPeak).toEqual({
      windows: [
        { weekdays: null, start: 990, end: 30 },
        { weekdays: [6, 7, 1], start: 0, end: 0 },
      ],
      weekdayZone: 'Asia/Shanghai',
      prices: { output: usd('1e-6') },
    });
  });

  it('has the factors of speed and place', () => {
    expect(pricesIn('provider_specific_entry: { fast: 6, us: 1.1 }')).toEqual({
      factors: { fast: usd('6'), us: usd('1.1') },
    });
  });

  it('has the prices of searches by the size of their context', () => {
    const searches = '{ search_context_size_low: 0.01, search_context_size_high: 0.02 }';
    expect(pricesIn(`search_context_cost_per_query: ${searches}`)).toEqual({
      searchLow: usd('0.01'),
      searchHigh: usd('0.02'),
    });
  });

  it.each([
    ['input_cost_per_audio_token: -1', 'input_cost_per_audio_token'],
    ['provider_specific_entry: { fast: cheap }', 'provider_specific_entry.fast'],
    ['provider_specific_entry: { us: -1 }', 'provider_specific_entry.us'],
    ['provider_specific_entry: { us: 1001 }', 'provider_specific_entry.us'],
    ['output_cost_per_token_priority: cheap', 'output_cost_per_token_priority'],
    ['input_cost_per_token_above_200k_tokens: [1]', 'input_cost_per_token_above_200k_tokens'],
    ['off_peak_pricing: { hours_utc: 24:00-01:00 }', 'off_peak_pricing.hours_utc'],
    ['off_peak_pricing: { weekday_timezone: Mars/Base }', 'off_peak_pricing.weekday_timezone'],
    ['tiered_pricing: [{ input_cost_per_token: x }]', 'tiered_pricing[0].input_cost_per_token'],
  ])('is refused for %s, by its place, beside every other problem', (params, path) => {
    const yaml = `model_list: [{ model_name: x, litellm_params: { model: openai/x, rpm: -1, ${params} } }]`;
    const refusal = refusalOf(yaml);
    expect(refusal).toContain(`model_list[0].litellm_params.${path}`);
    expect(refusal).toContain('model_list[0].litellm_params.rpm');
  });

  it.each([
    'input_cost_per_token_above_0k_tokens',
    'input_cost_per_token_above_tokens',
    'input_cost_per_tokens',
    'input_cost_per_second_above_2k_tokens',
    'output_cost_per_token_ultra',
    'cost_per_token',
  ])('never reads %s, which is not the name of a price', (name) => {
    expect(pricesIn('', 'openai/x', `{ ${name}: 1 }`)).toBeNull();
    expect(
      warningsOf(
        `model_list: [{ litellm_params: { model: openai/x, ${name}: 1 }, model_name: x }]`,
      ).join(),
    ).toContain(name);
  });
});
