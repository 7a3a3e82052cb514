import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { PERMISSION_EXTENSION } from '#libs/access';
import type { HandlerTable } from './handler-table.js';
import type { KnownRoutes } from '../http/no-route.js';
import type { Operation, Parameter } from './document-types.js';
import {
  ERROR_SCHEMA,
  errorContent,
  errorResponsesOf,
  isModelCall,
  sharedResponses,
} from './error-responses.js';
import { EXAMPLES, WITHOUT_EXAMPLE } from './examples.js';

/**
 * The OpenAPI document of every route, made from the running module graph.
 * @param app an initialised or initialising gateway
 */
export function apiDocumentOf(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Gatehouse')
    .setDescription(
      'OpenAI-compatible relay and LiteLLM-compatible administration behind your own identity provider.',
    )
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, BEARER)
    .addSecurityRequirements(BEARER)
    .build();
  return completed(SwaggerModule.createDocument(app, config));
}

/** Paths of the document and its page, open to every client. */
export const DOCUMENTATION_PATHS: ReadonlySet<string> = new Set([
  '/docs',
  '/openapi.json',
  '/openapi.yaml',
]);

/** The routes of handlers and those of the document. */
export function knownRoutes(handlers: HandlerTable): KnownRoutes {
  return {
    methodsOf: (target) => {
      const [path = ''] = target.split('?', 1);
      return DOCUMENTATION_PATHS.has(path) ? ['GET', 'HEAD'] : handlers.methodsOf(target);
    },
    literalPaths: [...handlers.literalPaths, ...DOCUMENTATION_PATHS],
  };
}

const OPEN_PATHS: ReadonlySet<string> = new Set([
  '/health/liveliness',
  '/health/liveness',
  '/health/readiness',
  '/auth/backchannel-logout',
  '/.well-known/oauth-protected-resource',
  '/.well-known/oauth-protected-resource/{path}',
]);

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
const FAILED = /^[45]\d\d$/;
const BEARER = 'bearer';

/** One operation with its method and its path. */
interface PlacedOperation {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

function completed(document: OpenAPIObject): OpenAPIObject {
  for (const placed of operationsOf(document)) {
    completeParameters(placed);
    completeResponses(placed);
    addExample(placed);
  }
  nameOperations(operationsOf(document));
  const { components } = document;
  return {
    ...document,
    components: {
      ...components,
      schemas: { ...components?.schemas, Error: ERROR_SCHEMA },
      responses: { ...components?.responses, ...sharedResponses() },
    },
  };
}

function operationsOf({ paths }: OpenAPIObject): readonly PlacedOperation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [{ method: method.toUpperCase(), path, operation }];
    }),
  );
}

/** The framework leaves out the parameters of wildcards. */
function completeParameters({ path, operation }: PlacedOperation): void {
  const parameters = (operation.parameters ?? []) as Parameter[];
  const missing = [...path.matchAll(/\{(\w+)\}/g)]
    .map(([, name = '']) => name)
    .filter((name) => !parameters.some((one) => one.in === 'path' && one.name === name));
  operation.parameters = [
    ...parameters,
    ...missing.map((name) => ({
      name,
      in: 'path' as const,
      required: true,
      schema: { type: 'string' as const },
    })),
  ];
}

function completeResponses({ method, path, operation }: PlacedOperation): void {
  const isOpen = OPEN_PATHS.has(path);
  if (isOpen) operation.security = [];
  else {
    const refusals = operation[PERMISSION_EXTENSION]?.refusals ?? [];
    operation.responses = { ...errorResponsesOf(method, path, refusals), ...operation.responses };
  }
  const isRelaying = isModelCall(path);
  for (const [status, response] of Object.entries(operation.responses)) {
    if (response === undefined || '$ref' in response || !FAILED.test(status)) continue;
    // Readiness has a form of its own.
    if (!path.startsWith('/health/')) response.content ??= errorContent(Number(status), isRelaying);
  }
}

function addExample({ method, path, operation }: PlacedOperation): void {
  const name = `${method} ${path}`;
  const description = [operation.description, WITHOUT_EXAMPLE[name]].filter(Boolean).join(' ');
  if (description !== '') operation.description = description;
  const example = EXAMPLES.find((one) => one.operation === name);
  if (example === undefined) return;
  for (const parameter of (operation.parameters ?? []) as Parameter[]) {
    const value = example.parameters?.[parameter.name];
    if (value !== undefined) parameter.example = value;
  }
  const content = bodyOf(operation);
  if (content !== undefined) content.example = example.body ?? {};
}

function bodyOf({ requestBody }: Operation): { example?: unknown } | undefined {
  return requestBody !== undefined && 'content' in requestBody
    ? (requestBody.content['application/json'] ?? requestBody.content['multipart/form-data'])
    : undefined;
}

/** Code generators make function names of them: letters and digits, and each once. */
function nameOperations(operations: readonly PlacedOperation[]): void {
  const counts = new Map<string, number>();
  for (const { operation } of operations) {
    const name = plainName(operation.operationId ?? 'call');
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    operation.operationId = count === 1 ? name : `${name}${String(count)}`;
  }
}

function plainName(id: string): string {
  const name = id
    .replace(/\[\d+\]$/, '')
    .replace(/^(\w+?)Controller_(\w)/, (_whole, controller: string, first: string) => {
      return `${controller}${first.toUpperCase()}`;
    });
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
}
