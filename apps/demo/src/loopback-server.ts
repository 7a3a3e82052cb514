import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP server on this machine alone. */
export interface LoopbackServer {
  readonly server: Server;
  readonly url: string;
  readonly port: number;
  /** Ends it and every connection. */
  close(): Promise<void>;
}

/**
 * Listens on 127.0.0.1, at the wished port if that is free, else at any.
 * @param wishedPort the port that makes addresses easy to remember; 0 takes any
 */
export async function startLoopbackServer(
  wishedPort: number,
  listener: RequestListener,
): Promise<LoopbackServer> {
  const server = createServer(listener);
  try {
    await listen(server, wishedPort);
  } catch {
    await listen(server, 0);
  }
  const { port } = server.address() as AddressInfo;
  return {
    server,
    port,
    url: `http://127.0.0.1:${String(port)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}
