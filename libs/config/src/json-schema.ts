import { z } from 'zod';
import { descriptionOf, REFERENCE, type JsonSchema, type KeyDescription } from './schema/key.js';
import { ROOT_SECTION } from './schema/root.config.js';

type Json = Record<string, unknown>;

/**
 * The JSON Schema (draft 7) of config.yaml, for editors. Made from the schemas that also read the file, so that the two
 * cannot differ.
 */
export function configJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(ROOT_SECTION, {
    target: 'draft-07',
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      // Every schema here is made by `z`, whose classes the core's types do not name.
      const key = zodSchema as unknown as z.ZodType;
      asInFile(key, jsonSchema);
      describe(descriptionOf(key), jsonSchema);
    },
  });
  const { $schema, ...rest } = schema;
  return {
    $schema,
    title: 'Gatehouse config.yaml',
    ...rest,
    definitions: {
      environmentReference: {
        description: 'The value of an environment variable.',
        type: 'string',
        pattern: '^os\\.environ/[A-Za-z_][A-Za-z0-9_]*$',
      },
    },
  };
}

/** A value of the file may be null, which is left out, and a scalar may come from the environment. */
function asInFile(schema: z.ZodType, json: Json): void {
  delete json['required'];
  delete json['propertyNames'];
  delete json['_prefault'];
  // zod shows the default of an input, which a transformed value does not have.
  delete json['default'];
  if (schema instanceof z.ZodDefault && isShown(schema.def.defaultValue))
    json['default'] = schema.def.defaultValue;
  if (schema instanceof z.ZodNumber || schema instanceof z.ZodBoolean) {
    const { type, ...bounds } = json;
    replace(json, { anyOf: [{ type: [type, 'null'], ...bounds }, REFERENCE] });
  } else if (schema instanceof z.ZodEnum) {
    replace(json, { anyOf: [{ enum: [...schema.options, null] }, REFERENCE] });
  } else if (schema instanceof z.ZodString) json['type'] = ['string', 'number', 'null'];
  else if (typeof json['type'] === 'string') json['type'] = [json['type'], 'null'];
}

function isShown(value: unknown): boolean {
  const isList = Array.isArray(value) && value.every((entry) => typeof entry === 'string');
  return isList || ['string', 'number', 'boolean'].includes(typeof value);
}

function describe({ description, differs, section, json }: KeyDescription, to: Json): void {
  const said = differs === undefined ? description : `${description} ${differs}`;
  const { default: absent, ...rest } = { ...to, ...json };
  replace(to, {
    ...(said === '' ? {} : { description: said }),
    ...(absent === undefined ? {} : { default: absent }),
    ...rest,
  });
  if (section === undefined) return;
  to['additionalProperties'] = section.unknownKeys !== 'refuse';
  const ignored = [...(section.ignored ?? [])].map(
    ([key, { note }]) => [key, { description: `No effect: ${note}` }] as const,
  );
  to['properties'] = { ...(to['properties'] as Json), ...Object.fromEntries(ignored) };
  const { family } = section;
  if (family !== undefined)
    to['patternProperties'] = { [family.names.source]: familyJson(descriptionOf(family.key)) };
}

function familyJson({ description, json }: KeyDescription): JsonSchema {
  return { description, ...json };
}

function replace(json: Json, by: Json): void {
  for (const key of Object.keys(json)) Reflect.deleteProperty(json, key);
  Object.assign(json, by);
}
