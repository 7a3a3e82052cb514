import type { Duplex } from 'node:stream';

/** The connection of a request that asks for a WebSocket, and what of its bytes was read already. */
export interface UpgradedConnection {
  readonly socket: Duplex;
  /** First bytes behind the head of the request. */
  readonly head: Buffer;
}

const CONNECTION = Symbol('gatehouse.upgraded-connection');

/** A request with its connection once it is attached. */
interface UpgradedRequest {
  [CONNECTION]?: UpgradedConnection;
}

/**
 * Attaches the connection to a request that asks for a WebSocket.
 * @param request the HTTP request object
 */
export function attachConnection(request: object, connection: UpgradedConnection): void {
  (request as UpgradedRequest)[CONNECTION] = connection;
}

/** Returns the connection of a request that asks for a WebSocket; `null` for any other request. */
export function connectionOf(request: object): UpgradedConnection | null {
  return (request as UpgradedRequest)[CONNECTION] ?? null;
}
