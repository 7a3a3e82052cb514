import { createServer, type AddressInfo } from 'node:net';

/** Returns a port of 127.0.0.1 that was free just now, for programs that need it as a setting. */
export async function freePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return String(port);
}
