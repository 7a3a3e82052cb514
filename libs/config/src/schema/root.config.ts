import { ROOT_IGNORED, ROOT_KEYS, ROOT_PENDING } from '../litellm-names.js';
import { record } from './collections.js';
import { GATEHOUSE_SECTION } from './gatehouse.config.js';
import { GENERAL_SECTION } from './general.config.js';
import { MODEL_LIST } from './model-list.config.js';
import { LIBRARY_SECTION, ROUTER_SECTION } from './routing.config.js';
import { text } from './scalars.js';
import { section, type SectionValue } from './section.js';

/** The whole of config.yaml. */
export const ROOT_SECTION = section({
  summary: 'Configuration of Gatehouse, config.yaml.',
  names: ROOT_KEYS,
  fields: {
    models: MODEL_LIST,
    general: GENERAL_SECTION,
    library: LIBRARY_SECTION,
    router: ROUTER_SECTION,
    variables: record(
      'Environment variables; those that are set outside win.',
      text('Value.', { mayBeEmpty: true, mayBeBoolean: true }),
      () => null,
    ),
    gatehouse: GATEHOUSE_SECTION,
  },
  unknownKeys: 'refuse-near',
  ignored: ROOT_IGNORED,
  pending: ROOT_PENDING,
});

/** The whole of config.yaml as it was read. */
export type RootValue = SectionValue<typeof ROOT_SECTION.fields>;
