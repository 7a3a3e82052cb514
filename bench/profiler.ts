import { sourceFileAt } from '#bench/source-maps';
import { Inspector } from '#support/inspector';

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

/** The profiler of a process that was started with `--inspect`. */
export class Profiler {
  private readonly inspector: Inspector;

  private constructor(inspector: Inspector) {
    this.inspector = inspector;
  }

  /** Connects to a process by its inspector port. */
  static async connect(port: string): Promise<Profiler> {
    return new Profiler(await Inspector.connect(port));
  }

  /** Begins to sample the main thread. */
  async begin(): Promise<void> {
    await this.inspector.call('Profiler.enable');
    await this.inspector.call('Profiler.setSamplingInterval', { interval: SAMPLING_MICROSECONDS });
    await this.inspector.call('Profiler.start');
  }

  /** Ends sampling. */
  async end(): Promise<CpuProfile> {
    const { profile } = (await this.inspector.call('Profiler.stop')) as { profile: CpuProfile };
    return profile;
  }

  /** Begins to count calls of functions, which makes everything slower. */
  async beginCounting(): Promise<void> {
    await this.inspector.call('Profiler.startPreciseCoverage', {
      callCount: true,
      detailed: false,
    });
  }

  /** Ends counting. */
  async endCounting(): Promise<FunctionCounts> {
    const { result } = (await this.inspector.call('Profiler.takePreciseCoverage')) as Coverage;
    await this.inspector.call('Profiler.stopPreciseCoverage');
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
    await this.inspector.evaluate(COUNT_PROMISES);
  }

  /** Ends counting promises and returns how many were made. */
  async endCountingPromises(): Promise<number> {
    return Number(await this.inspector.evaluate(READ_PROMISES));
  }

  /** Disconnects. */
  close(): void {
    this.inspector.close();
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
