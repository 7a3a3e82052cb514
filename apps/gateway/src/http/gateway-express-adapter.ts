import { createServer, type Server } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';
import { GatehouseError } from '#libs/common';
import { errorBodyOf } from './error-body.js';

/** Larger than any token that `gatehouse.jwt.max_token_bytes` would let through, with room for the other headers. */
const MAX_HEADER_BYTES = 65_536;
/** Longer than the idle time of the usual load balancers (60 s), so that they close first and no request is lost. */
const KEEP_ALIVE_MS = 75_000;

/** Express behind an HTTP server whose limits and raw refusals are ours. */
export class GatewayExpressAdapter extends ExpressAdapter {
  override initHttpServer(): void {
    const handle = this.getInstance<Parameters<typeof createServer>[1]>();
    const server = createServer(
      { maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: KEEP_ALIVE_MS },
      handle,
    );
    answerUnreadableRequests(server);
    this.httpServer = server;
  }
}

/** Requests that Node cannot parse never reach Express; they get the same envelope. */
function answerUnreadableRequests(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    const isHeaderOverflow = error.code === 'HPE_HEADER_OVERFLOW';
    const failure = new GatehouseError(isHeaderOverflow ? 'headers_too_large' : 'request_invalid', {
      message: isHeaderOverflow ? 'The headers are too large.' : 'The request is not valid HTTP.',
    });
    const body = JSON.stringify(errorBodyOf(failure));
    const phrase = isHeaderOverflow ? 'Request Header Fields Too Large' : 'Bad Request';
    socket.end(
      `HTTP/1.1 ${String(failure.status)} ${phrase}\r\ncontent-type: application/json\r\n` +
        `x-gatehouse-error-source: gateway\r\nconnection: close\r\ncontent-length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`,
    );
  });
}
