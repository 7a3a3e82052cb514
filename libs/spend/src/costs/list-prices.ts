import {
  calcPrice,
  findProvider,
  type MatchLogic,
  type ModelInfo,
  type ModelPrice,
} from '@pydantic/genai-prices';
import { decimalOfNumber, memoizeByString, type ExactDecimal } from '#libs/common';
import type { ModelPrices, PriceTier, PricedUnit, UnitPrices } from '#libs/config';
import { withAdditions } from './list-additions.js';

/** A price per million tokens has six more decimals as a price per token. */
const PER_MILLION_SCALE = 6;
const PER_THOUSAND_SCALE = 3;

/**
 * Ids in the price list by LiteLLM's provider prefix. A prefix that is absent has no list prices: a server of the
 * operator's own (`hosted_vllm`, `ollama`, `custom_openai` …), or a provider that the list does not know.
 */
export const LIST_PROVIDERS: ReadonlyMap<string, string> = new Map([
  ['anthropic', 'anthropic'],
  ['azure', 'azure'],
  ['bedrock', 'aws'],
  ['cerebras', 'cerebras'],
  ['codestral', 'mistral'],
  ['cohere', 'cohere'],
  ['deepseek', 'deepseek'],
  ['fireworks_ai', 'fireworks'],
  ['gemini', 'google'],
  ['groq', 'groq'],
  ['mistral', 'mistral'],
  ['moonshot', 'moonshotai'],
  ['novita', 'novita'],
  ['openai', 'openai'],
  ['openrouter', 'openrouter'],
  ['perplexity', 'perplexity'],
  ['together_ai', 'together'],
  ['vertex_ai', 'google'],
  ['xai', 'x-ai'],
]);

/** Models that cost nothing, which the list says in words alone: https://platform.openai.com/docs/guides/moderation. */
const FREE_MODELS: ReadonlyMap<string, RegExp> = new Map([
  ['openai', /^(?:omni|text)-moderation-/],
]);

/** Addresses of a provider beside the one that the list knows. */
const FURTHER_ORIGINS: ReadonlyMap<string, string> = new Map([
  ['codestral', 'https://codestral.mistral.ai'],
]);

/**
 * Suffixes that do not make a model's name another model: a date, a revision, `latest`, `preview`.
 */
const REVISION =
  /[-@](?:\d{4}-\d{2}-\d{2}|\d{2}-\d{4}|\d{2}-\d{2}|\d{8}|\d{6}|\d{3,4}|latest|preview|exp|experimental|v\d+)?$/;
/** OpenAI's name of a tuned model: `ft:base:organisation:name:id`. */
const TUNED = /^(ft:[^:]+):.*$/;
const BEDROCK = 'bedrock';
/** Where Bedrock runs a model; the list has one price for each of its regions, and another for `global`. */
const GEOGRAPHY = /^(?:(?:regional|global|apac|[a-z]{2}(?:-gov)?)\.)?(?:anthropic\.)?/;
const BEDROCK_REVISION = /-v\d+(?::\d+)?$/;

/**
 * Tells whether an address is the provider's own, where its list prices apply.
 * @param provider LiteLLM's prefix
 * @param apiBase base address of a deployment
 */
export function isListedAddress(provider: string, apiBase: string): boolean {
  const origin = URL.canParse(apiBase) ? new URL(apiBase).origin : '';
  if (origin === FURTHER_ORIGINS.get(provider)) return true;
  const pattern = findProvider({ providerId: LIST_PROVIDERS.get(provider) ?? '' })?.api_pattern;
  // The list's patterns are open at both ends: a proxy's address may hold a provider's.
  return pattern !== undefined && new RegExp(`^(?:${pattern})[a-z]*(?:/|$)`).test(`${origin}/`);
}

/**
 * Returns the names of a provider's models that the list has, those left out that the provider takes out of service.
 * @param provider LiteLLM's prefix
 */
export const listedModelNames = memoizeByString((provider: string): readonly string[] => {
  const providerId = LIST_PROVIDERS.get(provider);
  if (providerId === undefined) return [];
  const models = findProvider({ providerId })?.models ?? [];
  return models.filter(({ deprecated }) => deprecated !== true).map(({ id }) => id);
});

/** A model of the list. */
export interface ListedModel {
  /** `null` where the list has no price of tokens. */
  readonly prices: ModelPrices | null;
  /** Tokens that its context holds; `null` where the list does not say. */
  readonly contextTokens: number | null;
}

const FREE: ExactDecimal = { coefficient: 0n, scale: 0 };
const FREE_MODEL: ListedModel = { prices: { input: FREE, output: FREE }, contextTokens: null };

/**
 * Returns a model at a provider as the list has it.
 * @param provider LiteLLM's prefix
 * @param model the provider's name of it
 * @param timestamp list prices may depend on the time of day
 * @returns `null` unless the list has this provider, and this model in this variant
 */
export function listedModel(provider: string, model: string, timestamp: Date): ListedModel | null {
  const providerId = LIST_PROVIDERS.get(provider);
  if (providerId === undefined) return null;
  if (FREE_MODELS.get(provider)?.test(model) === true) return FREE_MODEL;
  try {
    const usage = { input_tokens: 1, output_tokens: 1 };
    const isBedrock = provider === BEDROCK;
    // The last part of an ARN is the id of the model or of its profile.
    const name = isBedrock ? model.slice(model.lastIndexOf('/') + 1) : model;
    const found = calcPrice(usage, name, { providerId, timestamp });
    if (found === null || !isSameModel(name, found.model, isBedrock)) return null;
    const prices = toModelPrices(found.model_price);
    return {
      prices: prices === null ? null : withAdditions(prices, provider, found.model.id),
      contextTokens: found.model.context_window ?? null,
    };
  } catch {
    // The list throws for entries that it cannot compute with. That price is then unknown, which
    // `gatehouse.spend.unpriced_models` decides about.
    return null;
  }
}

/** The list matches many models by how their names begin; a variant (`:free`, `-acme`) may be one of them. */
function isSameModel(name: string, { id, match }: ModelInfo, isBedrock: boolean): boolean {
  const names = [id, ...namesIn(match)];
  const bare = (one: string): string => bareName(isBedrock ? withoutGeography(one) : one);
  return names.includes(name.toLowerCase()) || names.map(bare).includes(bare(name));
}

function withoutGeography(name: string): string {
  return name.toLowerCase().replace(GEOGRAPHY, '').replace(BEDROCK_REVISION, '');
}

/** Names and beginnings of names that a rule of the list spells out. */
function namesIn(match: MatchLogic): string[] {
  if ('or' in match) return match.or.flatMap(namesIn);
  if ('and' in match) return match.and.flatMap(namesIn);
  if ('equals' in match) return [match.equals.toLowerCase()];
  return 'starts_with' in match ? [match.starts_with.toLowerCase()] : [];
}

/** A name without revisions, and of a tuned model the base's. */
function bareName(name: string): string {
  let bare = name.toLowerCase().replace(TUNED, '$1');
  for (let last = ''; last !== bare;) {
    last = bare;
    bare = bare.replace(REVISION, '');
  }
  return bare;
}

/** Units of the list by the price that they have here, and the decimals of what a price is for. */
export const LIST_UNITS: readonly (readonly [
  key: string,
  perScale: number,
  units: readonly PricedUnit[],
])[] = [
  ['input_mtok', PER_MILLION_SCALE, ['input']],
  ['output_mtok', PER_MILLION_SCALE, ['output']],
  ['cache_read_mtok', PER_MILLION_SCALE, ['cachedInput']],
  ['cache_audio_read_mtok', PER_MILLION_SCALE, ['cachedAudio']],
  ['cache_image_read_mtok', PER_MILLION_SCALE, ['cachedImage']],
  ['cache_write_mtok', PER_MILLION_SCALE, ['cacheWrite']],
  ['cache_write_1h_mtok', PER_MILLION_SCALE, ['cacheWriteHour']],
  ['input_audio_mtok', PER_MILLION_SCALE, ['inputAudio']],
  ['input_image_mtok', PER_MILLION_SCALE, ['inputImage']],
  ['input_video_mtok', PER_MILLION_SCALE, ['inputVideo']],
  ['output_reasoning_mtok', PER_MILLION_SCALE, ['reasoning']],
  ['output_audio_mtok', PER_MILLION_SCALE, ['outputAudio']],
  ['output_image_mtok', PER_MILLION_SCALE, ['outputImage']],
  ['output_video_mtok', PER_MILLION_SCALE, ['outputVideo']],
  ['output_citation_mtok', PER_MILLION_SCALE, ['citation']],
  ['requests_kcount', PER_THOUSAND_SCALE, ['request']],
  ['web_searches_kcount', PER_THOUSAND_SCALE, ['searchLow', 'searchMedium', 'searchHigh']],
  ['rerank_searches_kcount', PER_THOUSAND_SCALE, ['query']],
];

type Mutable = Partial<Record<PricedUnit, ExactDecimal>>;

/** A tier of the list holds for one unit; here it has every unit, as the highest one alone counts. */
function toModelPrices(price: ModelPrice): ModelPrices | null {
  const base: Mutable = {};
  const tiers = new Map<number, Mutable>();
  for (const [key, perScale, units] of LIST_UNITS) {
    const value = price[key];
    if (value === undefined) continue;
    const listed = typeof value === 'number' ? { base: value, tiers: [] } : value;
    for (const unit of units) {
      base[unit] = perUnit(listed.base, perScale);
      for (const { start, price: dearer } of listed.tiers)
        tiers.set(start, { ...tiers.get(start), [unit]: perUnit(dearer, perScale) });
    }
  }
  if (base.input === undefined && base.output === undefined) return null;
  return tiers.size === 0 ? base : { ...base, tiers: cumulated(tiers) };
}

function cumulated(tiers: ReadonlyMap<number, UnitPrices>): PriceTier[] {
  let prices: UnitPrices = {};
  return [...tiers]
    .sort(([a], [b]) => a - b)
    .map(([above, own]) => {
      prices = { ...prices, ...own };
      return { above, prices };
    });
}

function perUnit(dollars: number, perScale: number): ExactDecimal {
  const { coefficient, scale } = decimalOfNumber(dollars);
  return { coefficient, scale: scale + perScale };
}
