import { parseDecimal, parseUsd } from '#libs/common';
import type { ModelPrices, PricedUnit } from '#libs/config';
import { GOLDEN_MEDIA_USAGES } from '#support/golden-media-usages';
import { GOLDEN_USAGES } from '#support/golden-usages';

import { costOfUsage } from './cost.js';
import { readUsage } from './usage.js';
import { PRICED_UNITS, unitsOf } from './usage-units.js';

const GOLDENS = [...GOLDEN_USAGES, ...GOLDEN_MEDIA_USAGES];

describe('documented usage objects', () => {
  it.each(GOLDENS.map((golden) => [golden.provider, golden.source, golden] as const))(
    'of %s (%s) have these units and exactly this cost',
    (provider, _source, { usage, units, prices, usd }) => {
      const read = readUsage(usage, provider);
      expect(read?.isSuspect).toBe(false);
      const counts = unitsOf(
        read?.usage ?? { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 },
      );
      const used = PRICED_UNITS.flatMap((unit, at): [PricedUnit, number][] => {
        const count = unit === 'request' ? 0 : (counts[at] ?? 0);
        return count > 0 ? [[unit, count]] : [];
      });
      expect(Object.fromEntries(used)).toEqual(units);
      const exact = Object.fromEntries(
        Object.entries(prices).map(([unit, text]) => [unit, parseDecimal(text)]),
      ) as ModelPrices;
      expect(read === null ? null : costOfUsage(exact, read.usage)).toBe(parseUsd(usd));
    },
  );

  it.each([
    ['more audio than input', 'openai', { prompt_tokens_details: { audio_tokens: 11 } }],
    ['more audio than output', 'openai', { completion_tokens_details: { audio_tokens: 6 } }],
    [
      'more cached audio than audio',
      'openai',
      {
        prompt_tokens_details: {
          audio_tokens: 1,
          cached_tokens: 3,
          cached_tokens_details: { audio_tokens: 2 },
        },
      },
    ],
    [
      'lifetimes that do not add up',
      'anthropic',
      { cache_creation_input_tokens: 3, cache_creation: { ephemeral_1h_input_tokens: 4 } },
    ],
    ['a fraction of a token', 'openai', { prompt_tokens_details: { image_tokens: 1.5 } }],
  ])('with %s are suspect', (_what, provider, parts) => {
    const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, ...parts };
    expect(readUsage(usage, provider)?.isSuspect).toBe(true);
  });
});
