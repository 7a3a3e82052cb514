interface Message {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** Looks into another Node process through its inspector (Chrome DevTools protocol). */
export class Inspector {
  private readonly socket: WebSocket;
  private lastId = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
  }

  /** Connects to the inspector of a process. */
  static async connect(port: string): Promise<Inspector> {
    const response = await fetch(`http://127.0.0.1:${port}/json`);
    const [target] = (await response.json()) as { webSocketDebuggerUrl: string }[];
    if (target === undefined) throw new Error('the process has nothing to inspect');
    const socket = new WebSocket(target.webSocketDebuggerUrl);
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => {
        resolve();
      };
      socket.onerror = () => {
        reject(new Error('the inspector did not accept the connection'));
      };
    });
    return new Inspector(socket);
  }

  /**
   * Calls a method of the protocol; one at a time.
   * @throws Error when the process refuses
   */
  call(method: string, params = {}): Promise<unknown> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.socket.onmessage = ({ data }) => {
        const message = JSON.parse(String(data)) as Message;
        if (message.id !== id) return;
        if (message.error === undefined) resolve(message.result);
        else reject(new Error(message.error.message));
      };
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }

  /** Evaluates an expression in the process and returns its value, which must be one of JSON. */
  async evaluate(expression: string): Promise<unknown> {
    const evaluated = await this.call('Runtime.evaluate', { expression, returnByValue: true });
    return (evaluated as { result: { value: unknown } }).result.value;
  }

  /** Has the process give back all memory that nothing refers to; without that, its size tells about the collector. */
  async collectGarbage(): Promise<void> {
    await this.call('HeapProfiler.collectGarbage');
  }

  /** Disconnects. */
  close(): void {
    this.socket.close();
  }
}
