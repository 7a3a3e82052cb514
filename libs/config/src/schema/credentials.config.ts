import type { Place } from '../diagnostics/config-diagnostics.js';
import { list, record } from './collections.js';
import { mapField, type Field } from './field.js';
import { plainName } from './rules.js';
import { text } from './scalars.js';
import { section } from './section.js';

const CREDENTIAL_SECTION = section({
  summary: 'Values that entries of model_list share.',
  fields: {
    credential_name: text('Name that litellm_params.litellm_credential_name repeats; unique.', {
      rule: plainName,
    }),
    credential_values: record(
      'Keys of litellm_params, such as api_key, api_base and api_version, for entries that lack them.',
      text('Value.', { mayBeEmpty: true, mayBeBoolean: true }),
      () => null,
    ),
    credential_info: record(
      'Notes of your own.',
      text('Note.', { mayBeEmpty: true, mayBeBoolean: true }),
      () => null,
    ),
  },
  unknownKeys: 'warn',
});

const NAMES = list<string, readonly string[]>(
  'Credentials that entries of model_list refer to by litellm_credential_name.',
  mapField(CREDENTIAL_SECTION, ({ credential_name: name }, place, node) => {
    if (name === null && node.kind === 'map' && !node.entries.has('credential_name'))
      place.at('credential_name').refuse('is missing', 'Write a name.');
    return name;
  }),
  { default: [] },
);

/** Refuses the list where an entry could not be told from another one. */
function refuseTwice(names: readonly string[], place: Place): readonly string[] {
  if (new Set(names).size < names.length)
    place.refuse('has a name that is given twice', 'Give each credential its own name.');
  return names;
}

/** `credential_list`. Its values have been written into `model_list` by the time it is read. */
export const CREDENTIAL_LIST: Field<readonly string[] | null> = mapField(NAMES, refuseTwice);
