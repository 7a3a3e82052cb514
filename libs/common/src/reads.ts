import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * What a result was made from, so that it can be used again as long as all of it is unchanged. Code that reads
 * something that may change (a row, a key set, a list) notes it with {@link noteRead}; the result is not used again after
 * {@link noteUnrepeatable}.
 */
export class Reads {
  private readonly checks: (() => boolean)[] = [];
  private endMs = Infinity;
  private isRepeatable = true;

  /** @param startMs when the reading began, in ms since the Unix epoch */
  constructor(private readonly startMs: number) {}

  /** Runs work whose reads are noted here, also those behind its awaits. */
  during<T>(work: () => T): T {
    return running.run(this, work);
  }

  /**
   * Whether the same reads would give the same values now.
   * @param nowMs ms since the Unix epoch; a clock that went back to before the first read counts as a change
   */
  areCurrent(nowMs: number): boolean {
    if (!this.isRepeatable || nowMs < this.startMs || nowMs >= this.endMs) return false;
    for (const isUnchanged of this.checks) if (!isUnchanged()) return false;
    return true;
  }

  /** Adds one read. */
  note(isUnchanged: () => boolean): void {
    this.checks.push(isUnchanged);
  }

  /** Ends the use of the result at a time. */
  noteEnd(ms: number): void {
    this.endMs = Math.min(this.endMs, ms);
  }

  /** Rules out any further use. */
  noteUnrepeatable(): void {
    this.isRepeatable = false;
  }
}

const running = new AsyncLocalStorage<Reads>();

/**
 * Notes that the running work has read something that may change. Nothing happens where no reads are recorded.
 * @param isUnchanged tells, at once and without a side effect, whether the same value would be read again
 */
export function noteRead(isUnchanged: () => boolean): void {
  running.getStore()?.note(isUnchanged);
}

/**
 * Notes a time at which the running work may come to another result.
 * @param ms ms since the Unix epoch; at this time the result no longer counts
 */
export function noteEnd(ms: number): void {
  running.getStore()?.noteEnd(ms);
}

/** Notes that the running work depends on something whose change cannot be seen, such as the response of a provider. */
export function noteUnrepeatable(): void {
  running.getStore()?.noteUnrepeatable();
}
