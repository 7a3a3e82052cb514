import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXAMPLES, WITHOUT_EXAMPLE } from '#gateway/openapi/examples';
import { ERROR_CODES } from '#libs/common';
import { routeGroupsOf, type HandlerPermission } from '#libs/access';
import { aRoute } from '#support/a-route';

interface ErrorExample {
  readonly value: { readonly error: { readonly code: string; readonly reason: string } };
}

interface Response {
  readonly $ref?: string;
  readonly content?: Readonly<
    Record<string, { readonly examples?: Readonly<Record<string, ErrorExample>> }>
  >;
}

/** A schema of a request, in place or by the name of its class. */
interface Schema {
  readonly $ref?: string;
  readonly example?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly example?: unknown;
  }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly example?: unknown; schema?: Schema }>>;
  };
  readonly responses: Readonly<Record<string, Response>>;
  readonly 'x-gatehouse-permission'?: HandlerPermission;
}

interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly responses: Readonly<Record<string, Response>>;
    readonly schemas: Readonly<Record<string, Schema>>;
  };
}

const FILE = join(import.meta.dirname, '../../docs/reference/openapi.json');
const document = JSON.parse(readFileSync(FILE, 'utf8')) as ApiDocument;

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(
    ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
  ),
);

describe('the OpenAPI document', () => {
  it('is valid by the schema of its version', async () => {
    const { Validator } = await import('@seriousme/openapi-schema-validator');
    const { valid, errors } = await new Validator().validate(FILE);
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
  });

  it('gives every operation an id of its own that is a name in every language', () => {
    const ids = operations.map(([, { operationId }]) => operationId);
    expect(ids.filter((id) => !/^[a-z][A-Za-z0-9]*$/.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(operations)('describes every parameter in the path of %s', (name, { parameters }) => {
    const inPath = [...name.matchAll(/\{(\w+)\}/g)].map(([, one]) => one);
    const described = (parameters ?? []).filter((one) => one.in === 'path');
    expect(described.map((one) => one.name)).toEqual(inPath);
    expect(described.every(({ required }) => required)).toBe(true);
  });

  it('has one example for every operation, apart from those that need a response first', () => {
    const known = [...EXAMPLES.map(({ operation }) => operation), ...Object.keys(WITHOUT_EXAMPLE)];
    const shown = operations.flatMap(([name, operation]) =>
      !known.includes(name) && hasOwnExample(operation) ? [name] : [],
    );
    expect([...known, ...shown].toSorted()).toEqual(operations.map(([name]) => name).toSorted());
  });

  it.each(EXAMPLES)('shows the example of $operation', ({ operation: name, parameters, body }) => {
    const operation = operations.find(([one]) => one === name)?.[1];
    for (const [parameter, value] of Object.entries(parameters ?? {})) {
      expect(operation?.parameters).toContainEqual(
        expect.objectContaining({ name: parameter, example: value }),
      );
    }
    const content = operation?.requestBody?.content['application/json'];
    expect(content?.example).toEqual(content === undefined ? undefined : body);
  });

  const failures = operations.flatMap(([name, { responses }]) =>
    Object.entries(responses)
      .filter(([status]) => /^[45]/.test(status))
      // Readiness has a form of its own.
      .filter(([status]) => !(name === 'GET /health/readiness' && status === '503'))
      .map(([status, response]) => [name, status, contentOf(response)] as const),
  );

  const permissions = operations.flatMap(([name, operation]) => {
    const permission = operation['x-gatehouse-permission'];
    return permission === undefined ? [] : [[name, permission, operation.responses] as const];
  });

  it.each(permissions)(
    '%s is in its declared group and shows its refusals',
    (name, declared, responses) => {
      expect(routeGroupsOf(aRoute(name.replaceAll(/[{}]/g, '')))).toContain(declared.group);
      for (const code of declared.refusals ?? []) {
        expect(responses).toHaveProperty(String(ERROR_CODES[code].status));
      }
    },
  );

  it.each(failures)('shows every code of %s that is %s', (_name, status, content) => {
    const examples = Object.entries(content?.['application/json']?.examples ?? {});
    expect(examples.length).toBeGreaterThan(0);
    for (const [code, { value }] of examples) {
      expect(value.error).toMatchObject({ code: status, reason: code });
      expect(ERROR_CODES).toHaveProperty(code);
    }
  });
});

/**
 * Tells whether the classes of a request give an example of every value that it must have, and of one at least. A
 * request without values is its own example.
 */
function hasOwnExample(operation: Operation): boolean {
  const values = [...(operation.parameters ?? []), ...membersOf(operation)];
  const without = values.filter(({ example }) => example === undefined);
  return (
    (values.length === 0 || without.length < values.length) &&
    without.every(({ required }) => required !== true)
  );
}

/** The members of a request's body. */
function membersOf({ requestBody }: Operation) {
  const { $ref, ...inPlace } = requestBody?.content['application/json']?.schema ?? {};
  const schema = document.components.schemas[$ref?.split('/').at(-1) ?? ''] ?? inPlace;
  return Object.entries(schema.properties ?? {}).map(([name, { example }]) => ({
    example,
    required: schema.required?.includes(name),
  }));
}

function contentOf({ $ref, content }: Response): Response['content'] {
  const shared = $ref?.split('/').at(-1);
  return shared === undefined ? content : document.components.responses[shared]?.content;
}
