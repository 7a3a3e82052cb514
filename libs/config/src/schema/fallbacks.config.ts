import { z } from 'zod';
import type { FallbackEntry } from '../model/routing.js';
import { entriesOf, list, recordOf } from './collections.js';
import { bare, keyOf, type JsonSchema, type Key } from './key.js';
import { plainName } from './rules.js';
import { flag, text } from './scalars.js';
import { section } from './section.js';

const MODELS = list(
  'Models in the order in which they are tried.',
  text('Name of a model, or id of a deployment.', { rule: plainName }),
  { mayBeSingle: true },
);

const byModel = recordOf(bare(MODELS), 'a mapping (model: list of models)', plainName).transform(
  (members): readonly FallbackEntry[] =>
    Object.entries(members).map(([model, fallbacks]) => ({ model, fallbacks })),
);

const BY_MODEL_JSON: JsonSchema = {
  type: 'object',
  additionalProperties: { type: ['array', 'string'], items: { type: 'string' } },
};

/** One mapping of models to their fallbacks, or a list of such mappings. */
function fallbacks(summary: string): Key<readonly FallbackEntry[] | null> {
  const several = entriesOf(byModel).transform((maps) => maps.flatMap((one) => one ?? []));
  return keyOf(
    z.union([byModel, several]),
    summary,
    {},
    {
      json: {
        anyOf: [BY_MODEL_JSON, { type: 'array', items: BY_MODEL_JSON }, { type: 'null' }],
      },
    },
  );
}

/** The fallbacks of `router_settings` and `litellm_settings`. */
export const FALLBACK_KEYS = {
  fallbacks: fallbacks(
    'Models that serve a call whose model fails: `[{gpt-4o: [claude, gpt-4o-mini]}]`. `*` is every model without an entry.',
  ),
  context_window_fallbacks: fallbacks('The same, for calls whose input is too long alone.'),
  content_policy_fallbacks: fallbacks(
    'The same, for calls whose content the upstream refuses alone.',
  ),
  default_fallbacks: list(
    'Models for every model without an entry in fallbacks.',
    text('Name of a model, or id of a deployment.', { rule: plainName }),
    { mayBeSingle: true },
  ),
} as const;

/** An alias that is written out. */
export interface WrittenAlias {
  readonly model: string | null;
  readonly hidden: boolean;
}

const target = text('Name of the model that serves it.', { rule: plainName });
const ALIAS_FIELDS = {
  model: target,
  hidden: flag('Leaves the alias out of lists of models.', { default: false }),
};
const writtenOut = section({ summary: '', fields: ALIAS_FIELDS, unknownKeys: 'refuse' });

const ALIAS: Key<WrittenAlias | null> = keyOf(
  z.union([
    bare(target).transform((model): WrittenAlias => ({ model, hidden: false })),
    bare(writtenOut),
  ]),
  'Name of the model that serves it, or model and hidden.',
  {},
  {
    mapping: { fields: ALIAS_FIELDS, unknownKeys: 'refuse' },
    json: { type: ['string', 'object', 'null'] },
  },
);

const aliases = (summary: string): Key<Readonly<Record<string, WrittenAlias>> | null> =>
  keyOf(
    recordOf(bare(ALIAS), 'a mapping (name: model)', plainName),
    summary,
    {},
    { member: ALIAS },
  );

/** `router_settings.model_group_alias`. */
export const GROUP_ALIASES = aliases(
  'Other names of models: `{gpt-4: gpt-4o}`, or `{gpt-4: {model: gpt-4o, hidden: true}}` for one that lists leave out.',
);

/** `litellm_settings.model_alias_map`. */
export const MODEL_ALIASES = aliases(
  'Other names of models; applied before router_settings.model_group_alias.',
);
