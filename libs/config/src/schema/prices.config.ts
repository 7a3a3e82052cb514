import type { z } from 'zod';
import type { ExactDecimal } from '#libs/common';
import type { PricedUnit, ServiceTier } from '../model/prices.js';
import { list } from './collections.js';
import { AMOUNT_JSON, dollars, factor, text, whole, type TextRule } from './scalars.js';
import { described, descriptionOf, type Key } from './key.js';
import { optional, section, sectionWithFamily } from './section.js';

/** Names of LiteLLM's price fields, by what they are the price of. */
export const PRICE_NAMES: ReadonlyMap<string, PricedUnit> = new Map([
  ['input_cost_per_token', 'input'],
  ['output_cost_per_token', 'output'],
  ['cache_read_input_token_cost', 'cachedInput'],
  ['input_cost_per_token_cache_hit', 'cachedInput'],
  ['cache_read_input_audio_token_cost', 'cachedAudio'],
  ['cache_read_input_image_token_cost', 'cachedImage'],
  ['cache_creation_input_token_cost', 'cacheWrite'],
  ['cache_creation_input_token_cost_above_1hr', 'cacheWriteHour'],
  ['input_cost_per_audio_token', 'inputAudio'],
  ['input_cost_per_image_token', 'inputImage'],
  ['input_cost_per_video_token', 'inputVideo'],
  ['output_cost_per_reasoning_token', 'reasoning'],
  ['output_cost_per_audio_token', 'outputAudio'],
  ['output_cost_per_image_token', 'outputImage'],
  ['output_cost_per_video_token', 'outputVideo'],
  ['citation_cost_per_token', 'citation'],
  ['input_cost_per_request', 'request'],
  ['input_cost_per_image', 'inputPicture'],
  ['output_cost_per_image', 'outputPicture'],
  ['input_cost_per_pixel', 'inputPixel'],
  ['output_cost_per_pixel', 'outputPixel'],
  ['input_cost_per_second', 'inputSecond'],
  ['output_cost_per_second', 'outputSecond'],
  ['input_cost_per_character', 'inputCharacter'],
  ['output_cost_per_character', 'outputCharacter'],
  ['input_cost_per_query', 'query'],
  ['ocr_cost_per_page', 'page'],
]);

const SERVICE_TIERS: ReadonlySet<string> = new Set<ServiceTier>([
  'flex',
  'priority',
  'ultrafast',
  'batches',
]);

/** Prices of tokens, which may have a threshold and a service tier. */
const PER_TOKEN = [...PRICE_NAMES.keys()].filter((name) => name.includes('token'));
const OTHERS = [...PRICE_NAMES.keys()].filter((name) => !name.includes('token'));

const PRICE_NAME = new RegExp(
  `^(?:(?<token>${PER_TOKEN.join('|')})(?:_above_(?<thousands>[1-9]\\d{0,5})k_tokens)?|(?<other>${OTHERS.join('|')}))` +
    `(?:_(?<tier>${[...SERVICE_TIERS].join('|')}))?$`,
);

/** A price field by the parts of its name. */
export interface PriceField {
  readonly unit: PricedUnit;
  /** Tokens that the input must exceed; `null` for the base price. */
  readonly above: number | null;
  /** `null` for the standard tier. */
  readonly serviceTier: ServiceTier | null;
}

/** Returns the parts of the name of a price field; `null` for any other name. */
export function priceFieldOf(name: string): PriceField | null {
  const groups = PRICE_NAME.exec(name)?.groups;
  const unit = PRICE_NAMES.get(groups?.['token'] ?? groups?.['other'] ?? '');
  if (groups === undefined || unit === undefined) return null;
  const { thousands, tier } = groups;
  return {
    unit,
    above: thousands === undefined ? null : Number(thousands) * 1_000,
    serviceTier: isServiceTier(tier) ? tier : null,
  };
}

function isServiceTier(name: string | undefined): name is ServiceTier {
  return name !== undefined && SERVICE_TIERS.has(name);
}

/** The prices of a section by the name of their field. */
export type WrittenPrices = Readonly<Record<string, ExactDecimal>>;

const price = dollars('US dollars for each token, second, image and so on, as its name says.');

const PRICES = {
  names: PRICE_NAME,
  shown: '*_cost_per_*',
  key: described(price, { ...descriptionOf(price), json: AMOUNT_JSON }),
};

const CLOCK = String.raw`(?:[01]\d|2[0-3]):[0-5]\d`;
const HOURS = new RegExp(`^${CLOCK}-${CLOCK}$`);

const hoursRule: TextRule = (value) =>
  HOURS.test(value)
    ? null
    : { message: 'must be hours of a day', remedy: 'Write them in UTC, for example 16:30-00:30.' };

const WEEKDAY =
  /^(?:[1-7]|mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)$/;

const weekdayRule: TextRule = (value) =>
  WEEKDAY.test(value.toLowerCase())
    ? null
    : { message: 'is not a weekday', remedy: 'Write mon to sun, or 1 (Monday) to 7.' };

const zoneRule: TextRule = (value) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return null;
  } catch {
    return {
      message: 'is not a time zone',
      remedy: 'Write its IANA name, for example Asia/Shanghai.',
    };
  }
};

const hours = (summary: string) =>
  list(summary, text('HH:MM-HH:MM.', { rule: hoursRule }), { mayBeSingle: true });

const TIER = sectionWithFamily({
  summary: 'Prices of calls whose input has a number of tokens within the range.',
  fields: {
    range: list(
      'Tokens of the input: more than the first number, up to the second.',
      whole('Number of tokens.', { min: 0, max: 1_000_000_000 }),
    ),
  },
  unknownKeys: 'warn',
  family: PRICES,
});

const OFF_PEAK = optional(
  sectionWithFamily({
    summary: 'Other prices at some hours of the day.',
    fields: {
      hours_utc: hours('Hours of every day in UTC, or a list of them.'),
      windows: list(
        'Hours of some weekdays.',
        section({
          summary: 'Hours of some weekdays.',
          fields: {
            weekdays: list(
              'Weekdays, from the weekday_timezone. Left out: every day.',
              text('mon to sun, or 1 (Monday) to 7.', { rule: weekdayRule }),
              { mayBeSingle: true },
            ),
            hours_utc: hours('Hours in UTC, or a list of them.'),
          },
          unknownKeys: 'warn',
        }),
      ),
      weekday_timezone: text('Time zone of the weekdays. Left out: UTC.', { rule: zoneRule }),
    },
    unknownKeys: 'warn',
    family: PRICES,
  }),
);

const search = (size: string): Key<ExactDecimal | null> =>
  dollars(`US dollars for each search with a ${size} context.`);

const SEARCHES = section({
  summary: 'Prices of web searches by the size of their context.',
  fields: {
    search_context_size_low: search('low'),
    search_context_size_medium: search('medium'),
    search_context_size_high: search('high'),
  },
  unknownKeys: 'warn',
});

const FACTOR = factor('What the price of every token is multiplied by in that place.');

/** LiteLLM keeps other things of providers here too. */
const FACTORS = sectionWithFamily({
  summary: 'What the prices of tokens are multiplied by, by speed and place of inference.',
  fields: { fast: factor('What the price of every token is multiplied by in fast mode.') },
  unknownKeys: 'warn',
  family: {
    names: /^[a-z]{2}$/,
    shown: 'us, … (a place)',
    key: described(FACTOR, { ...descriptionOf(FACTOR), json: AMOUNT_JSON }),
  },
});

/** Fields of prices that have a place of their own in the reference. */
export const PRICE_FIELDS = {
  input_cost_per_token: dollars('US dollars per input token. 0 is free; left out is not known.'),
  output_cost_per_token: dollars('US dollars per output token.'),
  cache_read_input_token_cost: dollars('US dollars per input token that the provider had cached.'),
  search_context_cost_per_query: SEARCHES,
  tiered_pricing: list(
    'Prices by the length of the input, for the whole call; in place of prices above a threshold.',
    TIER,
  ),
  off_peak_pricing: OFF_PEAK,
  provider_specific_entry: FACTORS,
};

/** The other price fields, by pattern. */
export const PRICE_FAMILY = {
  ...PRICES,
  shown:
    '*_cost_per_*, cache_creation_*, *_above_{N}k_tokens, *_flex, *_priority, *_ultrafast, *_batches',
};

/** Prices as they stand below `litellm_params` or `model_info`. */
export interface PriceSection {
  readonly input_cost_per_token: ExactDecimal | null;
  readonly output_cost_per_token: ExactDecimal | null;
  readonly cache_read_input_token_cost: ExactDecimal | null;
  readonly search_context_cost_per_query: z.output<typeof SEARCHES>;
  readonly tiered_pricing: readonly z.output<typeof TIER>[] | null;
  readonly off_peak_pricing: z.output<typeof OFF_PEAK>;
  readonly provider_specific_entry: z.output<typeof FACTORS>;
  readonly family: WrittenPrices;
}
