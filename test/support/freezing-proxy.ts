import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP proxy on loopback before a server, which can be made to accept and never respond. */
export interface FreezingProxy {
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** From now on nothing is forwarded any more, and every connection stays open. */
  freeze(): void;
  /** Forwards again what arrives on new connections; the frozen ones are cut. */
  thaw(): void;
  /** Cuts every connection and stops. */
  close(): Promise<void>;
}

/**
 * Starts a proxy.
 * @param port of the server on 127.0.0.1; `null` for a proxy that has been frozen from the start
 */
export async function startFreezingProxy(port: number | null): Promise<FreezingProxy> {
  const sockets = new Set<Socket>();
  let isFrozen = port === null;
  const track = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    track(client);
    if (isFrozen || port === null) return;
    const upstream = connect(port, '127.0.0.1');
    track(upstream);
    client.pipe(upstream).pipe(client);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    freeze: () => {
      isFrozen = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    thaw: () => {
      isFrozen = false;
      for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
