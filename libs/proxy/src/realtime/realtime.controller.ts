import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { accessOf, connectionOf, RelaysBody, requestedRoute, requestStateOf } from '#libs/access';
import { GatehouseError } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { pathsOf } from '../endpoints/request/endpoint.js';
import { realtime } from '../endpoints/openai/realtime.operation.js';
import { RelayService } from '../relay/relay.service.js';
import { requireHandshake, SocketClient } from './client-handshake.js';
import { RealtimeRelayService } from './realtime-relay.service.js';

/** Sessions of OpenAI's Realtime API. */
@ApiTags('models')
@Controller()
export class RealtimeController {
  /** @param settings origins of pages that may connect */
  constructor(
    private readonly relay: RelayService,
    private readonly sessions: RealtimeRelayService,
    private readonly settings: SettingsStore,
  ) {}

  /** Opens a session. */
  @Get(pathsOf(realtime).plain)
  @RelaysBody('any')
  @ApiOperation({
    operationId: 'realtimeConnect',
    summary: 'A session of the Realtime API over a WebSocket',
    description:
      'Messages are relayed unchanged in both directions. See docs/reference/realtime.md.',
  })
  @ApiQuery({ name: 'model', description: 'Model group', required: true })
  @ApiResponse({ status: 101, description: 'The connection is a WebSocket from now on.' })
  async connect(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    const connection = connectionOf(request);
    const { url = '', headers } = request;
    if (connection === null)
      throw new GatehouseError('request_invalid', {
        message: 'This route is a WebSocket: connect with "Upgrade: websocket" (RFC 6455).',
      });
    requireHandshake(headers, url, this.settings.current);
    const state = requestStateOf(request);
    const client = new SocketClient({ request, response, connection });
    await this.relay.relay(realtime, {
      access: accessOf(state),
      state,
      pathModel: requestedRoute('GET', url)?.model ?? null,
      target: url,
      headers,
      client,
      attempt: (call) => this.sessions.attempt(call, client),
    });
  }
}
