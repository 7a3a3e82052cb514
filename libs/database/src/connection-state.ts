import { GatehouseError, within } from '#libs/common';

const RETRY_AFTER_SECONDS = 2;
const CLOSED = 'closed';

/**
 * Whether the database can be used now, and the callers that wait for it.
 *
 * A loss opens a short grace in which callers wait instead of failing, so that a restart of the
 * server, which takes a few hundred milliseconds, fails no request. After the grace they fail at
 * once: a queue of waiting requests would only make the outage worse.
 */
export class LinkState {
  private current: string | null = 'connecting';
  /** There is no grace before the first connection. */
  private unusableSinceMs = -Infinity;
  private readonly waiters = new Set<{ resolve: () => void; reject: (error: Error) => void }>();

  /** @param graceMs how long after a loss callers wait for recovery */
  constructor(private readonly graceMs: number) {}

  /** Whether the database can be used. */
  get isReady(): boolean {
    return this.current === null;
  }

  /** The problem in a few words, `null` when there is none. */
  get problem(): string | null {
    return this.current;
  }

  /** Whether {@link close} was called. */
  get isClosed(): boolean {
    return this.current === CLOSED;
  }

  /** The database can be used: lets everybody go who waits. */
  ready(): void {
    if (this.isClosed) return;
    this.current = null;
    for (const waiter of this.waiters) waiter.resolve();
    this.waiters.clear();
  }

  /**
   * The database cannot be used.
   * @param problem what is wrong, in words that name no address and no secret
   */
  lost(problem: string): void {
    if (this.isClosed) return;
    if (this.current === null) this.unusableSinceMs = performance.now();
    this.current = problem;
  }

  /** It never will again: refuses everybody who waits. */
  close(): void {
    this.current = CLOSED;
    for (const waiter of this.waiters) waiter.reject(this.unavailable());
    this.waiters.clear();
  }

  /**
   * Resolves as soon as the database can be used.
   * @throws GatehouseError `database_unavailable` when it is closed
   */
  whenReady(): Promise<void> {
    if (this.isReady) return Promise.resolve();
    if (this.isClosed) return Promise.reject(this.unavailable());
    return new Promise((resolve, reject) => {
      this.waiters.add({ resolve, reject });
    });
  }

  /**
   * Resolves when the database can be used, waiting for what is left of the grace.
   * @throws GatehouseError `database_unavailable`
   */
  async usable(): Promise<void> {
    if (this.isReady) return;
    const leftMs = this.unusableSinceMs + this.graceMs - performance.now();
    if (this.isClosed || leftMs <= 0) throw this.unavailable();
    if (!(await within(leftMs, this.whenReady()))) throw this.unavailable();
  }

  /**
   * The error of a caller who cannot be served.
   * @param cause what happened, for the log
   */
  unavailable(cause?: unknown): GatehouseError {
    return new GatehouseError('database_unavailable', {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
      context: { problem: this.current ?? 'a request failed' },
      cause,
    });
  }
}
