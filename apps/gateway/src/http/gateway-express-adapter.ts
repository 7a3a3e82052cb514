import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { ExpressAdapter } from '@nestjs/platform-express';
import { errorBodyOf, GatehouseError, newRequestId } from '#libs/common';
import { normalizeTarget, type TargetSettings } from './request-target.js';
import { asksForSocket, receiveUpgrades } from './socket-upgrades.js';

/** Larger than any token that `gatehouse.jwt.max_token_bytes` would let through, with room for the other headers. */
const MAX_HEADER_BYTES = 65_536;
/** Longer than the idle time of the usual load balancers (60 s), so that they close first and no request is lost. */
const KEEP_ALIVE_MS = 75_000;

/** What of Express its types lack. */
interface CaseSensitive {
  readonly router: { caseSensitive: boolean };
}

/** Express behind an HTTP server whose limits and raw refusals are ours. */
export class GatewayExpressAdapter extends ExpressAdapter {
  /** @param target the prefix of every route, and which providers have one */
  constructor(private readonly target: TargetSettings) {
    super();
    // A path in another letter case is not a route. The adapter has made the router, so that the setting of that name comes too late.
    this.getInstance<CaseSensitive>().router.caseSensitive = true;
  }

  override initHttpServer(): void {
    // A missing Host is of no consequence here; left to Node it would be refused without our envelope.
    const options = {
      maxHeaderSize: MAX_HEADER_BYTES,
      keepAliveTimeout: KEEP_ALIVE_MS,
      requireHostHeader: false,
      shouldUpgradeCallback: (request: IncomingMessage) => asksForSocket(request, this.target),
    };
    const handle = this.getInstance<RequestListener>();
    const answering = new WeakSet<object>();
    const receive = (request: IncomingMessage, response: ServerResponse): void => {
      const { socket } = request;
      answering.add(socket);
      response.on('close', () => answering.delete(socket));
      normalizeTarget(request, this.target);
      handle(request, response);
    };
    const server = createServer(options, receive);
    receiveUpgrades(server, receive);
    answerUnreadableRequests(server, answering);
    answerExpectations(server);
    this.httpServer = server;
  }
}

/**
 * Sends `100 Continue` when a handler begins to read the body. The credential has been evaluated
 * by then, so a refused client never sends its body. Other expectations are ignored (RFC 9110
 * section 10.1.1).
 */
function answerExpectations(server: Server): void {
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    server.emit('request', request, response);
  });
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    const invite = (event: string | symbol): void => {
      if (event !== 'data') return;
      request.off('newListener', invite);
      response.writeContinue();
    };
    request.on('newListener', invite);
    server.emit('request', request, response);
  });
}

/**
 * Requests that Node cannot parse never reach Express; they get the same envelope.
 * @param answering sockets with a response under way
 */
function answerUnreadableRequests(server: Server, answering: WeakSet<object>): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // In the middle of an answer there is no place for another one.
    if (!socket.writable || error.code === 'ECONNRESET' || answering.has(socket)) {
      socket.destroy();
      return;
    }
    socket.end(rawRefusal(error.code === 'HPE_HEADER_OVERFLOW'));
    (socket as Socket).destroySoon();
  });
}

function rawRefusal(isHeaderOverflow: boolean): string {
  const failure = isHeaderOverflow
    ? new GatehouseError('headers_too_large', { message: 'The headers are too large.' })
    : new GatehouseError('request_invalid', { message: 'The request is not valid HTTP.' });
  const phrase = isHeaderOverflow ? 'Request Header Fields Too Large' : 'Bad Request';
  const body = JSON.stringify(errorBodyOf(failure));
  return [
    `HTTP/1.1 ${String(failure.status)} ${phrase}`,
    'content-type: application/json',
    'x-gatehouse-error-source: gateway',
    `x-request-id: ${newRequestId()}`,
    'connection: close',
    `content-length: ${String(Buffer.byteLength(body))}`,
    '',
    body,
  ].join('\r\n');
}
