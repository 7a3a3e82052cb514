/** One function of a CPU profile with the functions that it called. */
export interface ProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    readonly lineNumber: number;
    readonly columnNumber: number;
  };
}

/** A CPU profile in the form of the Chrome DevTools protocol: samples name nodes, `timeDeltas` are microseconds. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface Message {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** The profiler of a process that was started with `--inspect`. */
export class Profiler {
  private readonly socket: WebSocket;
  private lastId = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
  }

  /** Connects to a process by its inspector port. */
  static async connect(port: string): Promise<Profiler> {
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
    return new Profiler(socket);
  }

  /** Begins to sample the main thread. */
  async begin(): Promise<void> {
    await this.call('Profiler.enable');
    await this.call('Profiler.setSamplingInterval', { interval: SAMPLING_MICROSECONDS });
    await this.call('Profiler.start');
  }

  /** Ends sampling and disconnects. */
  async end(): Promise<CpuProfile> {
    const { profile } = (await this.call('Profiler.stop')) as { profile: CpuProfile };
    this.socket.close();
    return profile;
  }

  private call(method: string, params = {}): Promise<unknown> {
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
}

const SAMPLING_MICROSECONDS = 200;
