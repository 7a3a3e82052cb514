import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  applyDecorators,
  Controller,
  Req,
  RequestMapping,
  RequestMethod,
  Res,
  type Type,
} from '@nestjs/common';
import { ApiBody, ApiExcludeController, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { RelaysBody, type ConfiguredEndpoint } from '#libs/access';
import { PassThroughService } from './pass-through.service.js';

/** Prefixes that are served, where their provider has a credential. */
export const SERVED_PREFIXES: readonly string[] = [
  ...[
    'anthropic',
    'assemblyai',
    'azure',
    'azure_ai',
    'bedrock',
    'cohere',
    'eu.assemblyai',
    'gemini',
  ],
  ...[
    'langfuse',
    'milvus',
    'mistral',
    'openai',
    'openai_passthrough',
    'vertex-ai',
    'vertex_ai',
    'vllm',
  ],
];
const PATHS = SERVED_PREFIXES.map((prefix) => `/${prefix}/*path`);

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

const WITH_BODY: MethodDecorator = ApiBody({
  description: 'Any body that the provider takes. It is sent as it is.',
  required: false,
  schema: {},
});

/** Routes that take any body, and pass the response on. Nest would read an empty list of paths as `/`. */
const PassesThrough = (method: Method, path: string[]): MethodDecorator =>
  path.length === 0
    ? () => undefined
    : applyDecorators(
        RequestMapping({ path, method: RequestMethod[method] }),
        RelaysBody('any'),
        ApiOperation({ summary: 'A request of the provider’s own API, passed through' }),
        ApiResponse({ status: 200, description: 'The response of the provider.' }),
        ...(method === 'GET' ? [] : [WITH_BODY]),
      );
/** Passes requests through to the own APIs of providers. */
export const PassThroughController = controllerAt(() => PATHS);
ApiTags('models')(PassThroughController);

/**
 * Returns the controller of the endpoints of a configuration. Its routes are those of one installation, so the OpenAPI document
 * leaves them out.
 */
export function endpointsController(endpoints: readonly ConfiguredEndpoint[]): Type {
  const controller = controllerAt((method) =>
    endpoints
      .filter(({ methods }) => methods?.includes(method) ?? true)
      .flatMap(({ path, includesSubpath }) => [
        path,
        ...(includesSubpath ? [`${path}/*path`] : []),
      ]),
  );
  ApiExcludeController()(controller);
  return controller;
}

/**
 * Returns a controller that passes requests through.
 * @param pathsOf the paths that are served for a method
 */
function controllerAt(pathsOf: (method: Method) => string[]): Type {
  @Controller()
  class PassThroughController {
    constructor(private readonly passing: PassThroughService) {}

    @PassesThrough('GET', pathsOf('GET'))
    passGet(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
      return this.passing.pass(request, response);
    }

    @PassesThrough('POST', pathsOf('POST'))
    passPost(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
      return this.passing.pass(request, response);
    }

    @PassesThrough('PUT', pathsOf('PUT'))
    passPut(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
      return this.passing.pass(request, response);
    }

    @PassesThrough('PATCH', pathsOf('PATCH'))
    passPatch(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
      return this.passing.pass(request, response);
    }

    @PassesThrough('DELETE', pathsOf('DELETE'))
    passDelete(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
      return this.passing.pass(request, response);
    }
  }
  return PassThroughController;
}
