import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP proxy on loopback before a server, which can be made to keep a response to itself. */
export interface CuttingProxy {
  /** Port on 127.0.0.1. */
  readonly port: number;
  /**
   * Cuts the next connection on which the client sends texts, one after the other, once the server has answered the last of
   * them: the client never sees that response.
   */
  cutAnswerTo(...texts: string[]): void;
  /** How many connections were cut. */
  readonly cuts: number;
  /** Cuts every connection and stops. */
  close(): Promise<void>;
}

/**
 * Starts a proxy.
 * @param port of the server on 127.0.0.1
 */
export async function startCuttingProxy(port: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let awaited: readonly string[] = [];
  let cuts = 0;
  const track = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    let isCut = false;
    let seen = 0;
    [client, upstream].forEach(track);
    client.on('data', (data) => {
      const next = awaited[seen];
      if (next !== undefined && data.includes(next)) {
        seen += 1;
        isCut = seen === awaited.length;
        if (isCut) awaited = [];
      }
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (!isCut) {
        client.write(data);
        return;
      }
      cuts += 1;
      client.destroy();
      upstream.destroy();
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    cutAnswerTo: (...texts) => {
      awaited = texts;
    },
    get cuts() {
      return cuts;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
