import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';
import type { UpgradedConnection } from '#libs/access';
import { GatehouseError } from '#libs/common';
import type { Settings } from '#libs/config';
import { ClientConnection } from '../streaming/client-connection.js';
import { KEY_PROTOCOL, protocolsIn } from './subprotocols.js';

const KEY = /^[+/0-9A-Za-z]{22}==$/;
/** Headers of a response that has a body. */
const OF_BODY = /^(?:connection|content-|transfer-|cache-control)/;
/** They would open a connection that the gateway has not checked, or bill another way. */
const UNSERVED_PARAMETERS = ['call_id', 'intent'] as const;

/** A request for a WebSocket. */
interface SocketRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly connection: UpgradedConnection;
}

/** The client's side of a session: an ordinary response until the connection is taken over. */
export class SocketClient extends ClientConnection {
  private isAccepted = false;

  /** @param asked the request, nothing of its response sent yet */
  constructor(private readonly asked: SocketRequest) {
    super(asked.response);
  }

  /** A session tells its client itself, by an event and a close frame. */
  override dismiss(reason: GatehouseError): void {
    if (!this.isAccepted) super.dismiss(reason);
  }

  /**
   * Accepts the connection, with the headers that the response has. Of the subprotocols of the client only one that carries no
   * credential is chosen.
   * @param maxFrameBytes larger messages end the connection
   * @returns `null` when the client has gone
   */
  accept(maxFrameBytes: number): WebSocket | null {
    const { request, response, connection } = this.asked;
    const server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: maxFrameBytes,
      handleProtocols: chosenProtocol,
    });
    server.on('headers', (lines) => {
      for (const [name, value] of Object.entries(response.getHeaders()))
        if (value !== undefined && !OF_BODY.test(name)) lines.push(`${name}: ${String(value)}`);
    });
    // Called back at once, and not at all where the client has gone.
    const accepted: WebSocket[] = [];
    server.handleUpgrade(request, connection.socket, connection.head, (socket) => {
      accepted.push(socket);
    });
    const [socket = null] = accepted;
    if (socket === null) return null;
    this.isAccepted = true;
    // Sent already by the handshake; noted for the log.
    response.writeHead(101);
    return socket;
  }
}

/**
 * Checks the handshake of a client (RFC 6455, section 4.2.1), and that no page of another origin has made it: cookies play no part,
 * but the pages of an origin that may not call the gateway by other requests may not open a session either.
 * @param target request target with its query
 * @throws GatehouseError `request_invalid`, `policy_denied`
 */
export function requireHandshake(
  headers: IncomingHttpHeaders,
  target: string,
  { server }: Pick<Settings, 'server'>,
): void {
  if (headers['sec-websocket-version'] !== '13' || !KEY.test(headers['sec-websocket-key'] ?? ''))
    throw invalid('The handshake is not that of a WebSocket of version 13 (RFC 6455).');
  requireOrigin(headers, server.corsOrigins);
  const query = new URLSearchParams(target.split('?').slice(1).join('?'));
  const unserved = UNSERVED_PARAMETERS.find((name) => query.has(name));
  if (unserved !== undefined)
    throw invalid(
      `The parameter "${unserved}" is not served: connect with "model" alone.`,
      unserved,
    );
  if (query.getAll('model').length !== 1)
    throw invalid('The query must name one "model": /v1/realtime?model=NAME.', 'model');
}

function requireOrigin({ origin, host }: IncomingHttpHeaders, allowed: readonly string[]): void {
  if (origin === undefined || allowed.includes('*') || allowed.includes(origin)) return;
  if (URL.canParse(origin) && new URL(origin).host === host) return;
  throw new GatehouseError('policy_denied', {
    message:
      'Pages of this origin may not connect. The operator lists origins in gatehouse.server.cors_origins.',
  });
}

function chosenProtocol(_offered: Set<string>, request: IncomingMessage): string | false {
  const offered = protocolsIn(request.headers).filter((name) => !name.startsWith(KEY_PROTOCOL));
  return offered.find((name) => name === 'realtime') ?? offered[0] ?? false;
}

function invalid(message: string, param?: string): GatehouseError {
  return new GatehouseError('request_invalid', {
    message,
    ...(param === undefined ? {} : { param }),
  });
}
