/**
 * A terminal's Ctrl+C reaches this process twice, directly and through npm: signals this close
 * together are one wish, not the second one that ends at once.
 */
const SAME_SIGNAL_MS = 500;

/**
 * The wish to stop: SIGTERM or SIGINT, remembered from the moment this object exists, so that a
 * signal during the start is not lost. Imports nothing, so that it can exist before the rest of the
 * program is loaded.
 */
export class StopSignals {
  private readonly first = Promise.withResolvers<NodeJS.Signals>();
  private sinceMs: number | null = null;
  private onSecond: (signal: NodeJS.Signals) => void = () => undefined;

  /**
   * @param source where signals come from
   * @param end ends the process at once, with an exit code
   */
  constructor(
    source: Pick<NodeJS.EventEmitter, 'on'> = process,
    private readonly end: (code: number) => void = (code) => process.exit(code),
  ) {
    const receive = (signal: NodeJS.Signals): void => {
      this.receive(signal);
    };
    source.on('SIGTERM', receive).on('SIGINT', receive);
  }

  /** Whether a signal has arrived. */
  get isRequested(): boolean {
    return this.sinceMs !== null;
  }

  /** Resolves with the first signal. */
  get requested(): Promise<NodeJS.Signals> {
    return this.first.promise;
  }

  /** Names what runs right before a second signal ends the process with exit code 1. */
  beforeSecond(listener: (signal: NodeJS.Signals) => void): void {
    this.onSecond = listener;
  }

  private receive(signal: NodeJS.Signals): void {
    if (this.sinceMs === null) {
      this.sinceMs = performance.now();
      this.first.resolve(signal);
      return;
    }
    if (performance.now() - this.sinceMs < SAME_SIGNAL_MS) return;
    this.onSecond(signal);
    this.end(1);
  }
}
