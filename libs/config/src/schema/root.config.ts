import type { z } from 'zod';
import { ROOT_IGNORED } from '../names/litellm-ignored-names.js';
import { list, record } from './collections.js';
import { CREDENTIAL_LIST } from './credentials.config.js';
import { FILE_UPSTREAMS } from './file-upstreams.config.js';
import { GATEHOUSE_SECTION } from './gatehouse.config.js';
import { GENERAL_SECTION } from './general.config.js';
import { MODEL_LIST } from './model-list.config.js';
import { LIBRARY_SECTION, ROUTER_SECTION } from './routing.config.js';
import { text } from './scalars.js';
import { section } from './section.js';

/** The whole of config.yaml. */
export const ROOT_SECTION = section({
  summary: 'Configuration of Gatehouse, config.yaml.',
  fields: {
    include: list('Further files, relative to this one.', text('Name of a file.'), {
      mayBeSingle: true,
      differs: 'A section that two files have is refused, unless it is a list, which is continued.',
    }),
    credential_list: CREDENTIAL_LIST,
    model_list: MODEL_LIST,
    files_settings: FILE_UPSTREAMS,
    general_settings: GENERAL_SECTION,
    litellm_settings: LIBRARY_SECTION,
    router_settings: ROUTER_SECTION,
    environment_variables: record(
      'Environment variables; those that are set outside win.',
      text('Value.', { mayBeEmpty: true, mayBeBoolean: true }),
      () => null,
    ),
    gatehouse: GATEHOUSE_SECTION,
  },
  unknownKeys: 'refuse-near',
  ignored: ROOT_IGNORED,
});

/** The whole of config.yaml as it was read. */
export type RootValue = z.output<typeof ROOT_SECTION>;
