import { z } from 'zod';
import type { ExactDecimal } from '#libs/common';
import { bare, keyOf, type Key } from './key.js';
import { dollars, share } from './scalars.js';
import { section, sectionWithFamily } from './section.js';

const PROVIDER = /^[a-z0-9][a-z0-9_.-]*$/;

/** LiteLLM's own limit: ten times the cost. */
const MAX_MARGIN = 10;

/** What is added to the cost of a call. */
export interface WrittenMargin {
  readonly percentage: ExactDecimal | null;
  readonly fixed_amount: ExactDecimal | null;
}

const FIELDS = {
  percentage: share('Share of the cost, after a discount.', MAX_MARGIN),
  fixed_amount: dollars('US dollars for each call.'),
};

const percentage = bare(FIELDS.percentage);
const writtenOut = section({ summary: '', fields: FIELDS, unknownKeys: 'refuse' });

const MARGIN: Key<WrittenMargin | null> = keyOf(
  z.union([
    percentage.transform((value): WrittenMargin => ({ percentage: value, fixed_amount: null })),
    bare(writtenOut),
  ]),
  'Share of the cost that is added, or percentage and fixed_amount (US dollars for each call).',
  {},
  {
    mapping: { fields: FIELDS, unknownKeys: 'refuse' },
    json: { type: ['number', 'string', 'object', 'null'] },
  },
);

/** `cost_discount_config`. */
export const COST_DISCOUNTS = sectionWithFamily({
  summary:
    'Discounts of providers: a share of the cost of their calls that is taken off, 0.05 for 5 percent.',
  fields: {},
  unknownKeys: 'refuse',
  family: {
    names: PROVIDER,
    shown: '{provider}',
    key: share('Share of the cost of its calls that is taken off.', 1),
  },
});

/** `cost_margin_config`. */
export const COST_MARGINS = sectionWithFamily({
  summary:
    'What is added to the cost of the calls of a provider, or of every provider without a margin of its own (global).',
  fields: {},
  unknownKeys: 'refuse',
  family: { names: PROVIDER, shown: '{provider}', key: MARGIN },
});
