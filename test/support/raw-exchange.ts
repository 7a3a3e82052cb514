import { connect } from 'node:net';

/** What came back over a connection of its own. */
export interface RawExchange {
  /** Status of the first answer; 0 where the connection was closed without one. */
  readonly status: number;
  readonly text: string;
}

const TIMEOUT_MS = 10_000;

/**
 * Sends lines of a request exactly as they are, with nothing that a client would add or tidy up, and reads until the
 * connection ends.
 * @param lines request line and headers; `Host` and `Connection: close` are appended
 * @param body sent behind the headers, with its length
 */
export function exchange(url: string, lines: readonly string[], body = ''): Promise<RawExchange> {
  const { hostname, port } = new URL(url);
  const length = body === '' ? [] : [`Content-Length: ${String(Buffer.byteLength(body))}`];
  const head = [...lines, 'Host: gateway', 'Connection: close', ...length, '', ''].join('\r\n');
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => {
      socket.write(Buffer.from(head, 'latin1'));
      socket.write(body);
    });
    socket.setTimeout(TIMEOUT_MS, () => {
      socket.destroy(new Error(`no end of the answer to ${lines[0] ?? ''}`));
    });
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', (error) => {
      // A client that is refused while still sending may find the connection closed.
      if (chunks.length === 0 && !/ECONNRESET|EPIPE/.test(error.message)) reject(error);
    });
    socket.on('close', () => {
      const text = Buffer.concat(chunks).toString('latin1');
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text });
    });
  });
}
