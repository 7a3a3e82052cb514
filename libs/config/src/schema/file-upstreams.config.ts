import { list } from './collections.js';
import { baseAddress, credential, headerSafeId, plainName } from './rules.js';
import { text } from './scalars.js';
import { section } from './section.js';

/** `files_settings`. */
export const FILE_UPSTREAMS = list(
  'Upstreams of files, batches, fine-tuning jobs and vector stores, one of each provider.',
  section({
    summary: 'Where files of one provider are kept.',
    fields: {
      custom_llm_provider: text('Provider, openai or azure or one that is compatible.', {
        default: 'openai',
        rule: plainName,
      }),
      api_base: text('Base address. Left out: the provider’s own.', { rule: baseAddress }),
      api_key: text('Credential, best as os.environ/NAME.', { rule: credential }),
      api_version: text('Azure’s api-version.', { rule: headerSafeId }),
      organization: text('OpenAI organisation.', { rule: credential }),
    },
    unknownKeys: 'warn',
  }),
  {
    differs:
      'Left out: OPENAI_API_KEY at OPENAI_API_BASE. Providers with another API than OpenAI’s are not served.',
  },
);
