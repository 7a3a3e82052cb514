import type { IncomingMessage, ServerResponse } from 'node:http';

/** As long as nginx waits by default (`lingering_time`, `lingering_timeout`). */
const LONGEST_MS = 30_000;
const IDLE_MS = 5_000;

/**
 * Closes the connection behind the response to a request whose body is not read to its end: the rest of it must not be parsed as
 * the next request. The connection is half-closed at first, and what still comes is discarded for a limited time. A socket that is
 * closed with unread bytes resets the connection, so that a client that still sends would see that in place of the response
 * (RFC 9112, section 9.6).
 * @param response its head not sent yet
 */
export function closeBehind(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('connection', 'close');
  const { socket } = request;
  const close = socket.destroySoon.bind(socket);
  // The HTTP server calls it when such a response has been handed over.
  socket.destroySoon = () => {
    socket.destroySoon = close;
    if (request.complete) {
      close();
      return;
    }
    const longest = setTimeout(() => socket.destroy(), LONGEST_MS).unref();
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.once('close', () => {
      clearTimeout(longest);
    });
    socket.end();
    request.once('end', close).resume();
  };
}
