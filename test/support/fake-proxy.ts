import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

/** One request that a proxy received. */
interface ProxiedRequest {
  readonly method: string;
  /** The request target: an absolute address, or `host:port` of a tunnel. */
  readonly target: string;
  /** The `Proxy-Authorization` header. */
  readonly authorization: string | undefined;
}

/** An HTTP proxy on loopback, which alone knows where the made-up hosts of a test are. */
export interface FakeProxy {
  /** Address without user and password. */
  readonly url: string;
  readonly requests: readonly ProxiedRequest[];
  /** Answers every request with this status in place of passing it on; `null` passes it on. */
  refusal: number | null;
  stop(): Promise<void>;
}

/**
 * Starts a proxy that forwards `http` requests and opens tunnels.
 * @param ports the port on loopback for each host name; others are 502
 */
export async function startFakeProxy(ports: Readonly<Record<string, number>>): Promise<FakeProxy> {
  const requests: ProxiedRequest[] = [];
  const sockets = new Set<Socket>();
  const note = ({ method, url, headers }: IncomingMessage): number | undefined => {
    const target = url ?? '';
    const authorization = headers['proxy-authorization'];
    requests.push({ method: method ?? '', target, authorization });
    const address = method === 'CONNECT' ? `http://${target}` : target;
    return ports[URL.parse(address)?.hostname ?? ''];
  };
  const server = createServer((incoming, response) => {
    const port = note(incoming);
    if (port === undefined || proxy.refusal !== null) {
      response.writeHead(proxy.refusal ?? 502).end();
      return;
    }
    forward(incoming, response, port);
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('connect', (incoming: IncomingMessage, client: Socket) => {
    const port = note(incoming);
    if (port === undefined || proxy.refusal !== null) {
      client.end(`HTTP/1.1 ${String(proxy.refusal ?? 502)} Refused\r\n\r\n`);
      return;
    }
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('error', () => client.destroy());
    client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const proxy: FakeProxy = {
    url: `http://127.0.0.1:${String(port)}`,
    requests,
    refusal: null,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
  return proxy;
}

function forward(incoming: IncomingMessage, response: ServerResponse, port: number): void {
  const { pathname, search } = new URL(incoming.url ?? '');
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).filter(([name]) => name !== 'proxy-authorization'),
  );
  const outgoing = request(
    { host: '127.0.0.1', port, method: incoming.method, path: `${pathname}${search}`, headers },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  outgoing.on('error', () => response.destroy());
  incoming.pipe(outgoing);
}
