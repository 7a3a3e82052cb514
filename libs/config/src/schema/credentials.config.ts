import { entriesOf, record } from './collections.js';
import { isMapping } from './input.js';
import { bare, besideRule, descriptionOf, described, keyOf, refuseValue } from './key.js';
import { plainName } from './rules.js';
import { text } from './scalars.js';
import { section } from './section.js';

const NAME = text('Name that litellm_params.litellm_credential_name repeats; unique.', {
  rule: plainName,
});

const CREDENTIAL_SECTION = section({
  summary: 'Values that entries of model_list share.',
  fields: {
    credential_name: NAME,
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

/** A credential without a name. One whose name is empty is left out. */
const NAMED = described(
  besideRule(bare(CREDENTIAL_SECTION), (entry, context) => {
    if (isMapping(entry) && !('credential_name' in entry))
      refuseValue(
        context,
        { message: 'is missing', remedy: 'Write a name.' },
        { path: ['credential_name'] },
      );
  }),
  descriptionOf(CREDENTIAL_SECTION),
);

/** `credential_list`. Its values have been written into `model_list` by the time it is read. */
export const CREDENTIAL_LIST = keyOf<readonly unknown[]>(
  besideRule(entriesOf(NAMED), (input, context) => {
    const entries = Array.isArray(input) ? input.filter(isMapping) : [];
    const names = entries.flatMap((entry) => NAME.safeParse(entry['credential_name']).data ?? []);
    if (new Set(names).size < names.length)
      refuseValue(context, {
        message: 'has a name that is given twice',
        remedy: 'Give each credential its own name.',
      });
  }),
  'Credentials that entries of model_list refer to by litellm_credential_name.',
  {},
  { entry: NAMED },
);
