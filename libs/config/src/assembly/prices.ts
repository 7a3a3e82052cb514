import type { ExactDecimal } from '#libs/common';
import type { ConfigPath } from '../diagnostics/config-diagnostics.js';
import type {
  LengthPrices,
  ModelPrices,
  PriceTier,
  PricedUnit,
  ServiceTier,
  UnitPrices,
} from '../model/prices.js';
import type { ModelEntry } from '../schema/model-list.config.js';
import { priceFieldOf, type PriceSection, type WrittenPrices } from '../schema/prices.config.js';
import { offPeakOf, unitPricesOf } from './off-peak.js';

/** Cheapest price per token that looks like a price per million tokens put in the wrong key. */
const SUSPICIOUS_PRICE = 0.01;

/** Units of the input whose price is the tier's input price, where a tier names none of their own. */
const INPUT_UNITS = [
  'cachedInput',
  'cacheWrite',
  'cacheWriteHour',
  'inputAudio',
  'inputImage',
  'inputVideo',
] as const;

/** Parts of the cached tokens, whose price is then that of the tier's cached tokens. */
const CACHED_UNITS = ['cachedAudio', 'cachedImage'] as const;

/** Where the input has exactly the tokens of a threshold, xAI charges the higher price already. */
const REACHED_PROVIDERS: ReadonlySet<string> = new Set(['xai']);

type Mutable = Partial<Record<PricedUnit, ExactDecimal>>;

interface Draft {
  readonly base: Mutable;
  readonly tiers: Map<number, Mutable>;
}

/**
 * Returns the prices of a deployment: those of `litellm_params`, completed by those of `model_info`.
 * @param provider LiteLLM's prefix
 * @param place where a suspicious price is warned about
 * @returns `null` when the entry names none
 */
export function pricesOf(
  entry: ModelEntry,
  provider: string,
  place: ConfigPath,
): ModelPrices | null {
  const { litellm_params: params, model_info: info } = entry;
  const written = { ...writtenPrices(info), ...writtenPrices(params) };
  const { standard, serviceTiers } = draftsOf(written, REACHED_PROVIDERS.has(provider) ? 1 : 0);
  const offPeak = offPeakOf(params.off_peak_pricing ?? info.off_peak_pricing);
  const factors = { ...factorsOf(info), ...factorsOf(params) };
  const prices: ModelPrices = {
    ...lengthPricesOf(standard, params.tiered_pricing ?? info.tiered_pricing),
    ...(serviceTiers.size === 0 ? {} : { serviceTiers: serviceTiersOf(serviceTiers) }),
    ...(offPeak === null ? {} : { offPeak }),
    ...(Object.keys(factors).length === 0 ? {} : { factors }),
  };
  if (Object.keys(prices).length === 0) return null;
  warnOfSuspicious(prices, place);
  return prices;
}

/** A table of tiers takes the place of thresholds; its first tier also completes the base prices. */
function lengthPricesOf(draft: Draft, table: PriceSection['tiered_pricing'] = null): LengthPrices {
  const tiers = table === null ? tiersOf(draft) : tableTiers(table);
  const base = { ...(table === null ? {} : tiers[0]?.prices), ...draft.base };
  return tiers.length === 0 ? base : { ...base, tiers };
}

function warnOfSuspicious({ input, output }: UnitPrices, place: ConfigPath): void {
  if (
    [input, output].some((price) => price !== undefined && approximate(price) >= SUSPICIOUS_PRICE)
  )
    place.warn('has a price per token of a cent or more: is it a price per thousand or million?');
}

function approximate({ coefficient, scale }: ExactDecimal): number {
  return Number(`${coefficient.toString()}e-${String(scale)}`);
}

/** Every price of a section that its name alone describes. */
function writtenPrices(section: PriceSection): WrittenPrices {
  const { input_cost_per_token, output_cost_per_token, cache_read_input_token_cost } = section;
  const named = { input_cost_per_token, output_cost_per_token, cache_read_input_token_cost };
  const {
    search_context_size_low: searchLow,
    search_context_size_medium: searchMedium,
    search_context_size_high: searchHigh,
  } = section.search_context_cost_per_query;
  return { ...section.family, ...withoutNull({ ...named, searchLow, searchMedium, searchHigh }) };
}

function factorsOf({
  provider_specific_entry: { fast, family },
}: PriceSection): Readonly<Record<string, ExactDecimal>> {
  return { ...family, ...withoutNull({ fast }) };
}

interface Drafts {
  readonly standard: Draft;
  readonly serviceTiers: Map<ServiceTier, Draft>;
}

/**
 * Sorts prices by service tier and threshold.
 * @param reached 1 where a threshold counts from its own number of tokens on, else 0
 */
function draftsOf(written: WrittenPrices, reached: 0 | 1): Drafts {
  const standard = newDraft();
  const serviceTiers = new Map<ServiceTier, Draft>();
  for (const [name, price] of Object.entries(written)) {
    const field = priceFieldOf(name);
    const { unit, above, serviceTier } = field ?? {
      unit: name as PricedUnit,
      above: null,
      serviceTier: null,
    };
    const draft = serviceTier === null ? standard : entryOf(serviceTiers, serviceTier, newDraft);
    const prices =
      above === null ? draft.base : entryOf(draft.tiers, above - reached, (): Mutable => ({}));
    prices[unit] = price;
  }
  return { standard, serviceTiers };
}

function newDraft(): Draft {
  return { base: {}, tiers: new Map() };
}

function serviceTiersOf(
  drafts: ReadonlyMap<ServiceTier, Draft>,
): NonNullable<ModelPrices['serviceTiers']> {
  const entries = [...drafts].map(([name, draft]) => [name, lengthPricesOf(draft)] as const);
  return Object.fromEntries(entries);
}

function tiersOf({ tiers }: Draft): PriceTier[] {
  return [...tiers].map(([above, prices]) => ({ above, prices })).sort(ascending);
}

/** `tiered_pricing`: the first number of a range is not part of it, but a range from 0 holds for every call. */
function tableTiers(table: NonNullable<PriceSection['tiered_pricing']>): PriceTier[] {
  return table
    .map(({ range, family }) => {
      const from = range?.[0] ?? 0;
      const draft: Mutable = { ...unitPricesOf(family) };
      for (const unit of INPUT_UNITS) if (draft.input !== undefined) draft[unit] ??= draft.input;
      for (const unit of CACHED_UNITS)
        if (draft.cachedInput !== undefined) draft[unit] ??= draft.cachedInput;
      return { above: from === 0 ? -1 : from, prices: draft };
    })
    .sort(ascending);
}

function ascending(a: PriceTier, b: PriceTier): number {
  return a.above - b.above;
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function withoutNull(
  value: Readonly<Record<string, ExactDecimal | null>>,
): Readonly<Record<string, ExactDecimal>> {
  const known = Object.entries(value).filter(
    (entry): entry is [string, ExactDecimal] => entry[1] !== null,
  );
  return Object.fromEntries(known);
}
