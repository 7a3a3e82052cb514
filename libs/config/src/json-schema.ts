import type { JsonSchema } from './schema/field.js';
import { ROOT_SECTION } from './schema/root.config.js';

/**
 * The JSON Schema (draft 7) of config.yaml, for editors. Made from the descriptions that also evaluate
 * the file, so that the two cannot differ.
 */
export function configJsonSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Gatehouse config.yaml',
    description: ROOT_SECTION.summary,
    ...ROOT_SECTION.schema,
    definitions: {
      environmentReference: {
        description: 'The value of an environment variable.',
        type: 'string',
        pattern: '^os\\.environ/[A-Za-z_][A-Za-z0-9_]*$',
      },
    },
  };
}
