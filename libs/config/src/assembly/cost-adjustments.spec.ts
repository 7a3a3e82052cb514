import { parseDecimal } from '#libs/common';
import { refusalOf, warningsOf } from '#support/config-outcome';
import { settingsFromYaml } from '../load-settings.js';
import type { PriceAdjustment } from '../model/prices.js';

const usd = parseDecimal;
const none = usd('0');

function adjustmentIn(settings: string, provider: string): PriceAdjustment | null | undefined {
  const model = `{ model_name: x, litellm_params: { model: ${provider}/x, api_base: 'https://llm.acme.example' } }`;
  return settingsFromYaml(`model_list: [${model}]\nlitellm_settings: ${settings}`).deployments[0]
    ?.adjustment;
}

describe('discounts and margins', () => {
  it.each([
    ['{ cost_discount_config: { openai: 0.05 } }', { discount: usd('0.05') }],
    ['{ cost_margin_config: { openai: "1e-1" } }', { margin: usd('0.1') }],
    ['{ cost_margin_config: { openai: { fixed_amount: 0.001 } } }', { fixedUsd: usd('0.001') }],
    ['{ cost_margin_config: { global: 0.2, groq: 0.3 } }', { margin: usd('0.2') }],
    [
      '{ cost_discount_config: { openai: 1 }, cost_margin_config: { global: 9, openai: { percentage: 0.08, fixed_amount: 0.0005 } } }',
      { discount: usd('1'), margin: usd('0.08'), fixedUsd: usd('0.0005') },
    ],
  ])(
    'of %s are exact, and the own margin of a provider takes the place of the global one',
    (settings, expected) => {
      const absent = { discount: none, margin: none, fixedUsd: none };
      expect(adjustmentIn(settings, 'openai')).toEqual({ ...absent, ...expected });
    },
  );

  it('are null where none is given for the provider', () => {
    expect(adjustmentIn('{ cost_discount_config: { groq: 0.05 } }', 'openai')).toBeNull();
    expect(adjustmentIn('{ cost_margin_config: { constructor: 0.05 } }', 'openai')).toBeNull();
  });

  it.each([
    ['cost_discount_config: { openai: 5 }', 'cost_discount_config.openai'],
    ['cost_discount_config: { openai: -0.1 }', 'cost_discount_config.openai'],
    ['cost_discount_config: { openai: { percentage: 0.1 } }', 'cost_discount_config.openai'],
    ['cost_discount_config: [0.1]', 'cost_discount_config'],
    ['cost_margin_config: { openai: 11 }', 'cost_margin_config.openai'],
    ['cost_margin_config: { openai: { percentage: 11 } }', 'cost_margin_config.openai.percentage'],
    ['cost_margin_config: { openai: { fixed: 1 } }', 'cost_margin_config.openai.fixed'],
    ['cost_margin_config: { openai: ten }', 'cost_margin_config.openai'],
  ])('refuse %s by its place', (settings, path) => {
    expect(refusalOf(`litellm_settings: { ${settings} }`)).toContain(`litellm_settings.${path}`);
  });

  it('warn of a name that no deployment has as its provider, and never of global', () => {
    const yaml = `litellm_settings: { cost_discount_config: { opnai: 0.1 }, cost_margin_config: { global: 0.1, azure: 0.1 } }`;
    expect(warningsOf(yaml).filter((text) => text.includes('provider of no deployment'))).toEqual([
      'litellm_settings.cost_discount_config.opnai is the provider of no deployment',
      'litellm_settings.cost_margin_config.azure is the provider of no deployment',
    ]);
  });
});
