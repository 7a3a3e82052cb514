import { ServerResponse, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { attachConnection, isSocketTarget } from '#libs/access';
import { normalizeTarget, type TargetSettings } from './request-target.js';

/**
 * Tells whether a request asks for a WebSocket at a route that has one. Every other wish to upgrade is ignored, as RFC 9110
 * (section 7.8) lets a server do, and its request answered as usual.
 * @param settings as for {@link normalizeTarget}
 */
export function asksForSocket(request: IncomingMessage, settings: TargetSettings): boolean {
  const { method, headers, url = '' } = request;
  if (method !== 'GET' || headers.upgrade?.toLowerCase() !== 'websocket') return false;
  const target = { url, headers: { ...headers } };
  normalizeTarget(target, settings);
  return isSocketTarget(target.url);
}

/**
 * Hands a request for a WebSocket to the handlers of ordinary requests, with a response of its own and its connection attached:
 * the same hooks, guards, filters and logs see it, and a refusal is an ordinary response. Its handler takes the connection over.
 * The response has ended when the connection has.
 * @param receive what every request goes to
 */
export function receiveUpgrades(
  server: Server,
  receive: (request: IncomingMessage, response: ServerResponse) => void,
): void {
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // A connection that breaks is closed, which everybody who waits for it hears.
    socket.on('error', () => socket.destroy());
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    attachConnection(request, { socket, head });
    response.assignSocket(request.socket);
    response.once('finish', () => {
      request.socket.destroySoon();
    });
    receive(request, response);
  });
}
