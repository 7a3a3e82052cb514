import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** Looks into another Node process through its inspector (Chrome DevTools protocol). */
export class Inspector {
  private constructor(private readonly socket: WebSocket) {}

  /** Connects to the inspector of a process. */
  static async connect(port: number): Promise<Inspector> {
    const response = await fetch(`http://127.0.0.1:${String(port)}/json`);
    const [target] = (await response.json()) as { webSocketDebuggerUrl: string }[];
    if (target === undefined) throw new Error('the process has nothing to inspect');
    const socket = new WebSocket(target.webSocketDebuggerUrl);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    return new Inspector(socket);
  }

  /** Has the process give back all memory that nothing refers to; without that, its size tells about the collector. */
  async collectGarbage(): Promise<void> {
    const done = new Promise((resolve) => {
      this.socket.onmessage = resolve;
    });
    this.socket.send(JSON.stringify({ id: 1, method: 'HeapProfiler.collectGarbage' }));
    await done;
  }

  /** Disconnects. */
  close(): void {
    this.socket.close();
  }
}

/** A port of loopback that nothing listens at. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
