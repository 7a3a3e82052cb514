import type { ExactDecimal } from '#libs/common';
import {
  PRICE_NAMES,
  priceFieldOf,
  type DeploymentSettings,
  type ModelPrices,
  type UnitPrices,
} from '#libs/config';
import type { PriceBook } from '#libs/spend';
import { modeOf } from './model-mode.js';

/** A model as LiteLLM's lists describe it. */
export type ModelInfo = Readonly<Record<string, unknown>>;

/** What knows prices and contexts. */
export type DescribingPrices = Pick<PriceBook, 'find' | 'contextTokens'>;

/** Abilities that clients look for. `null` where `model_info` does not say. */
const ABILITIES = [
  'supports_assistant_prefill',
  'supports_audio_input',
  'supports_audio_output',
  'supports_computer_use',
  'supports_embedding_image_input',
  'supports_function_calling',
  'supports_native_streaming',
  'supports_parallel_function_calling',
  'supports_pdf_input',
  'supports_prompt_caching',
  'supports_reasoning',
  'supports_response_schema',
  'supports_system_messages',
  'supports_tool_choice',
  'supports_url_context',
  'supports_vision',
  'supports_web_search',
] as const;

/** Name of a member of `model_info` that says whether the model can do something. */
export const ABILITY = /^supports_[a-z0-9_]+$/;

const THOUSAND = 1_000;

/**
 * Returns what is known of a deployment, in LiteLLM's `model_info`: the operator's members of it, completed by the price list.
 * Prices are those that calls are booked at. Holds no credential and no address.
 */
export function modelInfoOf(
  deployment: DeploymentSettings,
  priceBook: DescribingPrices,
): ModelInfo {
  const { id, provider, upstreamModel, baseModel, maxOutputTokens, description } = deployment;
  const prices = priceBook.find(deployment);
  const own = Object.entries(description.info).filter(([name]) => priceFieldOf(name) === null);
  return {
    ...abilitiesOf(prices),
    key: baseModel ?? upstreamModel,
    max_tokens: maxOutputTokens,
    max_output_tokens: maxOutputTokens,
    input_cost_per_token: null,
    output_cost_per_token: null,
    ...Object.fromEntries(own),
    max_input_tokens: priceBook.contextTokens(deployment),
    ...(prices === null ? {} : pricesByName(prices)),
    litellm_provider: provider,
    mode: modeOf(deployment),
    id,
    db_model: false,
  };
}

/** What has a price is a thing that the model can do. */
function abilitiesOf(prices: ModelPrices | null): Record<string, boolean | null> {
  const abilities = Object.fromEntries(ABILITIES.map((name) => [name, null as boolean | null]));
  if (prices?.cachedInput !== undefined) abilities['supports_prompt_caching'] = true;
  if (prices?.inputAudio !== undefined) abilities['supports_audio_input'] = true;
  if (prices?.outputAudio !== undefined) abilities['supports_audio_output'] = true;
  return abilities;
}

/** LiteLLM's price fields of all prices. */
function pricesByName({ tiers = [], serviceTiers = {}, ...base }: ModelPrices): ModelInfo {
  const named = tiers.filter(({ above }) => above % THOUSAND === 0);
  const fields = [
    fieldsOf(base, ''),
    ...named.map(({ above, prices }) =>
      fieldsOf(prices, `_above_${String(above / THOUSAND)}k_tokens`),
    ),
    ...Object.entries(serviceTiers).map(([tier, prices]) => fieldsOf(prices, `_${tier}`)),
  ];
  return Object.fromEntries(fields.flatMap((one) => Object.entries(one)));
}

function fieldsOf(prices: UnitPrices, suffix: string): Record<string, number> {
  const fields: Record<string, number> = {};
  const seen = new Set<string>();
  for (const [name, unit] of PRICE_NAMES) {
    const price = prices[unit];
    // Of two names of one price the first is the usual one.
    if (price === undefined || seen.has(unit)) continue;
    seen.add(unit);
    fields[`${name}${suffix}`] = numberOf(price);
  }
  return fields;
}

function numberOf({ coefficient, scale }: ExactDecimal): number {
  return Number(`${coefficient.toString()}e-${String(scale)}`);
}
