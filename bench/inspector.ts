import { sourceFileAt } from '#bench/source-maps';

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

/** What was called in a process. */
export interface FunctionCounts {
  /** Files of the gateway and its packages of which a function was called. */
  readonly files: number;
  readonly functionCalls: number;
}

interface CoveredFunction {
  readonly ranges: readonly { readonly startOffset: number; readonly count: number }[];
}

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly CoveredFunction[];
  }[];
}

interface EvaluatedNumber {
  readonly result: { readonly value: number };
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

  /** Ends sampling. */
  async end(): Promise<CpuProfile> {
    const { profile } = (await this.call('Profiler.stop')) as { profile: CpuProfile };
    return profile;
  }

  /** Begins to count calls of functions, which makes everything slower. */
  async beginCounting(): Promise<void> {
    await this.call('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  }

  /** Ends counting. */
  async endCounting(): Promise<FunctionCounts> {
    const { result } = (await this.call('Profiler.takePreciseCoverage')) as Coverage;
    await this.call('Profiler.stopPreciseCoverage');
    const called = result.flatMap(({ url, functions }) =>
      functions.flatMap(({ ranges: [range] }) =>
        range === undefined || range.count === 0 ? [] : [{ url, ...range }],
      ),
    );
    const files = called
      .filter(({ url }) => url.startsWith('file:'))
      .map(({ url, startOffset }) => sourceFileAt(url, startOffset));
    return {
      files: new Set(files).size,
      functionCalls: called.reduce((sum, { count }) => sum + count, 0),
    };
  }

  /** Begins to count new promises. Not together with functions: Node.js calls functions of its own for each promise then. */
  async beginCountingPromises(): Promise<void> {
    await this.call('Runtime.evaluate', { expression: COUNT_PROMISES });
  }

  /** Ends counting promises and returns how many were made. */
  async endCountingPromises(): Promise<number> {
    const read = { expression: READ_PROMISES, returnByValue: true };
    const { result } = (await this.call('Runtime.evaluate', read)) as EvaluatedNumber;
    return result.value;
  }

  /** Disconnects. */
  close(): void {
    this.socket.close();
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

const COUNT_PROMISES = `{
  const counted = { promises: 0 };
  const init = (_id, type) => { if (type === 'PROMISE') counted.promises++; };
  counted.hook = process.getBuiltinModule('node:async_hooks').createHook({ init }).enable();
  globalThis.gatehouseBench = counted;
}`;
const READ_PROMISES = 'gatehouseBench.hook.disable(); gatehouseBench.promises';
