import { findProvider } from '@pydantic/genai-prices';
import { formatDecimal } from '#libs/common';
import { isListedAddress, listedModel, LIST_PROVIDERS, LIST_UNITS } from './list-prices.js';

/** Members that nothing reads, and the reason why no relayed call is billed by them. */
const UNREAD: Readonly<Record<string, string>> = {
  audio_hours: 'voice sessions and transcriptions, which are not relayed',
  input_annotated_document_kpages: 'OCR, which is not relayed',
  input_audio_hours: 'transcriptions, which are not relayed',
  input_document_kpages: 'OCR, which is not relayed',
  input_text_messages_kcount: 'voice sessions, which are not relayed',
  storage_searches_kcount: 'searches in files by the Responses API, which is not relayed',
};

/** The models that have a member, of the providers whose list prices count. */
function modelsByMember(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const providerId of LIST_PROVIDERS.values()) {
    for (const { id, prices } of findProvider({ providerId })?.models ?? []) {
      const members = [prices].flat().flatMap((price) => {
        // Prices that hold from a day on, or at some hours, are below `prices`.
        return Object.keys(typeof price.prices === 'object' ? price.prices : price);
      });
      for (const member of new Set(members))
        found.set(member, [...(found.get(member) ?? []), `${providerId}/${id}`]);
    }
  }
  return found;
}

describe('the members of the price list', () => {
  it('are all read, but those that no relayed call is billed by', () => {
    const read = new Set(LIST_UNITS.map(([name]) => name));
    const unread = [...modelsByMember()].filter(([name]) => !read.has(name));
    const isNew = ([name]: readonly [string, unknown]): boolean => !(name in UNREAD);
    expect(Object.fromEntries(unread.filter(isNew))).toEqual({});
    expect(unread.map(([name]) => name).sort()).toEqual(Object.keys(UNREAD));
  });
});

describe('the list price of a model at Amazon Bedrock', () => {
  const inputOf = (model: string) => listedModel('bedrock', model, new Date())?.prices?.input;
  const at = 'arn:aws:bedrock:eu-west-3:1';
  const regional = inputOf('anthropic.claude-sonnet-4-5-20250929-v1:0');

  it.each([
    'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
    'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    `${at}:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0`,
  ])('is that of its region for %s', (model) => {
    expect(regional).toBeDefined();
    expect(inputOf(model)).toEqual(regional);
  });

  it('is another one for all regions at once', () => {
    const global = inputOf('global.anthropic.claude-sonnet-4-5-20250929-v1:0');
    expect(global).toBeDefined();
    expect(global).not.toEqual(regional);
  });

  it.each([
    'eu.anthropic.claude-opus-4-7',
    'global.anthropic.claude-opus-4-6-v1',
    'jp.anthropic.claude-haiku-4-5-20251001-v1:0',
    'anthropic.claude-3-haiku-20240307-v1:0',
    `${at}::foundation-model/anthropic.claude-opus-5`,
  ])('is known for %s', (model) => {
    expect(inputOf(model)).toBeDefined();
  });

  it.each([
    'anthropic.claude-sonnet-4-5-20250929-acme-v1:0',
    'eu.anthropic.claude-opus-4-7-fast',
    `${at}:application-inference-profile/a1b2`,
  ])('is not known for %s', (model) => {
    expect(inputOf(model)).toBeUndefined();
  });
});

describe('cache writes for an hour of Anthropic’s models', () => {
  const hourOf = (provider: string, model: string, above: number | null = null) => {
    const { prices = null } = listedModel(provider, model, new Date()) ?? {};
    const { input, cacheWriteHour } =
      above === null
        ? (prices ?? {})
        : (prices?.tiers?.find((tier) => tier.above === above)?.prices ?? {});
    return [input, cacheWriteHour].map((price) => price && formatDecimal(price));
  };

  it.each<[string, string, readonly string[]]>([
    ['anthropic', 'claude-opus-4-6', ['0.000005', '0.00001']],
    ['bedrock', 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0', ['0.0000033', '0.0000066']],
    ['bedrock', 'global.anthropic.claude-opus-4-6-v1', ['0.000005', '0.00001']],
    ['vertex_ai', 'claude-sonnet-4-5', ['0.000003', '0.000006']],
  ])('cost twice the input at %s: %s', (provider, model, prices) => {
    expect(hourOf(provider, model)).toEqual(prices);
  });

  it('cost twice the input of the length that a call has', () => {
    expect(hourOf('vertex_ai', 'claude-sonnet-4-5', 200_000)).toEqual(['0.000006', '0.000012']);
  });

  it('are not known of other models', () => {
    expect(hourOf('bedrock', 'amazon.nova-pro-v1:0')[1]).toBeUndefined();
  });
});

describe('the list price of a model of Cohere', () => {
  it.each(['command-a-03-2025', 'command-r-08-2024', 'command-r-plus', 'embed-v4.0'])(
    'is known: %s',
    (model) => {
      expect(listedModel('cohere', model, new Date())?.prices?.input).toBeDefined();
    },
  );

  it.each(['command-a-vision-07-2025', 'command-a-reasoning-08-2025', 'rerank-v3.5'])(
    'is not that of another model: %s',
    (model) => {
      expect(listedModel('cohere', model, new Date())).toBeNull();
    },
  );

  it('holds at its own address alone', () => {
    expect(isListedAddress('cohere', 'https://api.cohere.com')).toBe(true);
    expect(isListedAddress('cohere', 'https://cohere.example')).toBe(false);
  });
});
