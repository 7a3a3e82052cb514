import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Access, RelaysBody, requestStateOf, type AccessContext } from '#libs/access';
import { ClientConnection } from '../streaming/client-connection.js';
import { RelayService } from './relay.service.js';

const CHAT_BODY = {
  description:
    'A chat completion in OpenAI’s format. Members that the gateway does not know are forwarded as they are.',
  schema: {
    type: 'object',
    required: ['model', 'messages'],
    properties: {
      model: { type: 'string' },
      messages: { type: 'array', items: { type: 'object' } },
      stream: { type: 'boolean', default: false },
    },
    additionalProperties: true,
  },
};

const CHAT_ANSWER = {
  status: 200,
  description: 'The upstream’s answer: JSON, or server-sent events when `stream` is true.',
};

/** Chat completions, in every spelling of their route. */
@ApiTags('models')
@Controller()
export class ChatCompletionsController {
  /** @param relay does the work */
  constructor(private readonly relay: RelayService) {}

  /**
   * Relays a chat completion to the model group that the body names.
   * @param access the caller
   * @param request the HTTP request
   * @param response its answer, written by the relay
   */
  @Post(['/v1/chat/completions', '/chat/completions'])
  @RelaysBody()
  @ApiOperation({ summary: 'Chat completion, plain or streamed' })
  @ApiBody(CHAT_BODY)
  @ApiResponse(CHAT_ANSWER)
  async complete(
    @Access() access: AccessContext,
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
  ): Promise<void> {
    await this.relayTo(null, access, request, response);
  }

  /**
   * Relays a chat completion to the model group that the path names, whatever the body says.
   * @param model model group
   * @param access the caller
   * @param request the HTTP request
   * @param response its answer, written by the relay
   */
  @Post([
    '/engines/:model/chat/completions',
    '/v1/engines/:model/chat/completions',
    '/openai/deployments/:model/chat/completions',
  ])
  @RelaysBody()
  @ApiOperation({ summary: 'Chat completion of the model in the path' })
  @ApiParam({ name: 'model', description: 'Model group' })
  @ApiBody(CHAT_BODY)
  @ApiResponse(CHAT_ANSWER)
  async completeWith(
    @Param('model') model: string,
    @Access() access: AccessContext,
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
  ): Promise<void> {
    await this.relayTo(model, access, request, response);
  }

  private async relayTo(
    pathModel: string | null,
    access: AccessContext,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    await this.relay.relayChat({
      access,
      state: requestStateOf(request),
      pathModel,
      headers: request.headers,
      client: new ClientConnection(response),
    });
  }
}
