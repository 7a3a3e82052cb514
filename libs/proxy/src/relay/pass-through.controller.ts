import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Delete, Get, Patch, Post, Put, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { applyDecorators } from '@nestjs/common';
import { accessOf, RelaysBody, requestedRoute, requestStateOf } from '#libs/access';
import { GatehouseError } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { destinationOf, passThroughOperation } from '../pass-through/pass-through-call.js';
import { passThroughPlanOf } from '../pass-through/pass-through-plan.js';
import { ClientConnection } from '../streaming/client-connection.js';
import { RelayService } from './relay.service.js';

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

/** Routes that take any body, and pass the response on. */
const PassesThrough = (): MethodDecorator =>
  applyDecorators(
    RelaysBody('any'),
    ApiOperation({ summary: 'A request of the provider’s own API, passed through' }),
    ApiResponse({ status: 200, description: 'The response of the provider.' }),
  );
const WithBody = (): MethodDecorator =>
  ApiBody({
    description: 'Any body that the provider takes. It is sent as it is.',
    required: false,
    schema: {},
  });

/** Passes requests through to the own APIs of providers. */
@ApiTags('models')
@Controller()
export class PassThroughController {
  /** @param settings the providers and their credentials */
  constructor(
    private readonly relay: RelayService,
    private readonly settings: SettingsStore,
  ) {}

  @Get(PATHS)
  @PassesThrough()
  passGet(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    return this.pass(request, response);
  }

  @Post(PATHS)
  @PassesThrough()
  @WithBody()
  passPost(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    return this.pass(request, response);
  }

  @Put(PATHS)
  @PassesThrough()
  @WithBody()
  passPut(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    return this.pass(request, response);
  }

  @Patch(PATHS)
  @PassesThrough()
  @WithBody()
  passPatch(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    return this.pass(request, response);
  }

  @Delete(PATHS)
  @PassesThrough()
  @WithBody()
  passDelete(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    return this.pass(request, response);
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const state = requestStateOf(request);
    const access = accessOf(state);
    const { method = 'GET', url = '', headers } = request;
    const settings = this.settings.current;
    const route = requestedRoute(method, url);
    const { body, scan } = state;
    const plan = route === null ? null : passThroughPlanOf(route, scan ?? null, settings);
    if (plan === null) throw new GatehouseError('not_found');
    const passed = {
      method,
      target: url,
      headers,
      ...(body === undefined ? {} : { body }),
      ...(scan === undefined ? {} : { scan }),
    };
    const caller = { attribution: access.attribution, keyHeader: settings.access.keyHeaderName };
    await this.relay.relay(passThroughOperation(plan, passed), {
      access,
      state,
      pathModel: null,
      target: url,
      headers,
      client: new ClientConnection(response),
      destination: destinationOf(plan, passed, caller),
    });
  }
}
