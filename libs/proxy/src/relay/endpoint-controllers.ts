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
import {
  ApiBody,
  ApiConsumes,
  ApiOperation,
  ApiParam,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import { accessOf, RelaysBody, requestedRoute, requestStateOf } from '#libs/access';
import { pathsOf, type Endpoint } from '../endpoints/request/endpoint.js';
import { ENDPOINTS } from '../endpoints/index.js';
import { ClientConnection } from '../streaming/client-connection.js';
import type { RelayCall } from '../planning/relay-call.js';
import { RelayService } from './relay.service.js';

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'multipart/form-data';
const MEDIA_TYPES = {
  json: [JSON_TYPE],
  form: [FORM_TYPE],
  'form-or-json': [JSON_TYPE, FORM_TYPE],
} as const;

/** One controller for each endpoint, with every spelling of its route. */
export const ENDPOINT_CONTROLLERS: readonly Type[] = ENDPOINTS.map(controllerOf);

/** Returns the controller of one endpoint. An operation whose model cannot be in the path has the plain paths only. */
export function controllerOf(endpoint: Endpoint): Type {
  const { documentation } = endpoint;
  const { plain, withModel } = pathsOf(endpoint);
  const response = { status: 200, description: documentation.responseDescription };

  @ApiTags('models')
  @Controller()
  class EndpointController {
    constructor(private readonly relay: RelayService) {}

    @RouteAt(endpoint, plain)
    @Takes(endpoint)
    @ApiOperation({ operationId: documentation.operationId, summary: documentation.summary })
    @NamesObjects(endpoint)
    @ApiResponse(response)
    complete(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
      return this.relayTo(null, request, response);
    }

    @RouteAt(endpoint, withModel)
    @Takes(endpoint)
    @ApiOperation({
      operationId: `${documentation.operationId}${plain.length === 0 ? '' : 'With'}`,
      summary: documentation.summaryOfModelInPath ?? documentation.summary,
    })
    @ApiParam({ name: 'model', description: 'Model group' })
    @ApiResponse(response)
    completeWith(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
      return this.relayTo(modelIn(request), request, response);
    }

    private relayTo(
      pathModel: string | null,
      request: IncomingMessage,
      response: ServerResponse,
    ): Promise<void> {
      const state = requestStateOf(request);
      const call: RelayCall = {
        // A parameter with a decorator of its own would go through the pipes, which wait.
        access: accessOf(state),
        state,
        pathModel,
        target: request.url ?? '',
        headers: request.headers,
        client: new ClientConnection(response),
      };
      return endpoint.measure === undefined || state.scan === undefined
        ? this.relay.relay(endpoint, call)
        : endpoint
            .measure(state.scan)
            .then((measured) => this.relay.relay(endpoint, { ...call, measured }));
    }
  }
  return EndpointController;
}

/** Routes the method of an endpoint at every path. Nest would read an empty list as `/`, so that without a path there is no route. */
function RouteAt({ method = 'POST' }: Endpoint, path: string[]): MethodDecorator {
  return path.length === 0
    ? () => undefined
    : RequestMapping({ path, method: RequestMethod[method] });
}

/** The body that an endpoint takes. One that takes none leaves it unread. */
function Takes(endpoint: Endpoint): MethodDecorator {
  const { takes = 'json' } = endpoint;
  return takes === 'none'
    ? RelaysBody('any')
    : applyDecorators(
        RelaysBody(takes),
        ApiConsumes(...MEDIA_TYPES[takes]),
        ApiBody(bodyOf(endpoint)),
      );
}

/** The parameters of the path that name objects. */
function NamesObjects({ objects }: Endpoint): MethodDecorator {
  const parameters = Object.entries(objects?.inPath ?? {}).map(([name, kind]) =>
    ApiParam({
      name,
      description: `Id of a ${kind.replaceAll('_', ' ')} that the caller has made`,
    }),
  );
  return applyDecorators(...parameters);
}

/** The model that the guards have evaluated, which is not read out of the path again. */
function modelIn({ method = '', url = '' }: IncomingMessage): string | null {
  return requestedRoute(method, url)?.model ?? null;
}

/** A request that calls a model must name it, in the body where the path has no room for it. */
function bodyOf(endpoint: Endpoint): { description: string; schema: object } {
  const { documentation, servedBy } = endpoint;
  const isModelInBody = servedBy === undefined && pathsOf(endpoint).plain.length > 0;
  const ofModel = isModelInBody ? { model: { type: 'string' } } : {};
  const required = [...Object.keys(ofModel), ...documentation.required];
  return {
    description: documentation.requestDescription,
    schema: {
      type: 'object',
      ...(required.length === 0 ? {} : { required }),
      properties: { ...ofModel, ...documentation.properties },
      additionalProperties: true,
    },
  };
}
