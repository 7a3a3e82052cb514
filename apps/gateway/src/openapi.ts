import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { ERROR_CODES } from '#libs/common';
import type { HandlerTable } from './forecast/handler-table.js';
import type { KnownRoutes } from './http/no-route.js';

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
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .addSecurityRequirements('bearer')
    .build();
  return withRefusals(SwaggerModule.createDocument(app, config));
}

/** Where the document is served, to anybody. */
export const DOCUMENTATION_PATHS: ReadonlySet<string> = new Set([
  '/docs',
  '/openapi.json',
  '/openapi.yaml',
]);

/**
 * Serves the document: a page at `/docs`, JSON at `/openapi.json`.
 * @param app the gateway
 */
export function mountApiDocumentation(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => apiDocumentOf(app), {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'Gatehouse API',
  });
}

/**
 * The routes of handlers and those of the document.
 * @param handlers every handler
 */
export function knownRoutes(handlers: HandlerTable): KnownRoutes {
  return {
    methodsOf: (target) => {
      const [path = ''] = target.split('?', 1);
      return DOCUMENTATION_PATHS.has(path) ? ['GET', 'HEAD'] : handlers.methodsOf(target);
    },
    literalPaths: [...handlers.literalPaths, ...DOCUMENTATION_PATHS],
  };
}

/** What every guarded route can answer besides its own success; the probes are open to anybody. */
const REFUSALS = {
  '400': 'The request is not valid; `param` names the member at fault.',
  '401': 'No credential, or one that cannot be verified.',
  '403': 'The caller is known and may not do this.',
  '503': 'The database or the identity provider is needed and cannot be reached.',
} as const;

const OPEN_PATHS: ReadonlySet<string> = new Set([
  '/health/liveliness',
  '/health/liveness',
  '/health/readiness',
  '/auth/backchannel-logout',
]);

const ERROR_SCHEMA = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['message', 'type', 'param', 'code', 'reason'],
      properties: {
        message: { type: 'string', description: 'One sentence that is safe to show.' },
        type: { type: 'string', description: 'LiteLLM’s name for the family.' },
        param: { type: 'string', nullable: true, description: 'Member at fault.' },
        code: { type: 'string', description: 'The HTTP status as a string.' },
        reason: { type: 'string', enum: Object.keys(ERROR_CODES), description: 'Stable code.' },
      },
    },
  },
};

function withRefusals(document: OpenAPIObject): OpenAPIObject {
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };
  const refusals = Object.fromEntries(
    Object.entries(REFUSALS).map(([status, description]) => [status, { description, content }]),
  );
  for (const [path, operations] of Object.entries(document.paths)) {
    const isOpen = OPEN_PATHS.has(path);
    for (const operation of [
      operations.get,
      operations.post,
      operations.patch,
      operations.delete,
    ]) {
      if (operation === undefined) continue;
      if (isOpen) operation.security = [];
      else operation.responses = { ...refusals, ...operation.responses };
    }
  }
  const schemas = { ...document.components?.schemas, Error: ERROR_SCHEMA };
  return { ...document, components: { ...document.components, schemas } };
}
