import { Injectable } from '@nestjs/common';

/**
 * Counts the calls that are not settled yet, those included whose client has gone while the upstream is
 * read to its end. A graceful shutdown waits for them.
 */
@Injectable()
export class InFlight {
  private running = 0;
  private readonly waiting = new Set<() => void>();

  /** Calls that are not settled yet. */
  count(): number {
    return this.running;
  }

  /**
   * Counts a call until it has ended, however it ends.
   * @param work the whole call
   */
  async track<T>(work: () => Promise<T>): Promise<T> {
    this.running += 1;
    try {
      return await work();
    } finally {
      this.running -= 1;
      if (this.running === 0) for (const wake of this.waiting) wake();
    }
  }

  /**
   * Waits until no call is left.
   * @param timeoutMs longest wait
   * @returns whether that was reached
   */
  async drained(timeoutMs: number): Promise<boolean> {
    if (this.running === 0) return true;
    return new Promise((resolve) => {
      const finish = (isDrained: boolean): void => {
        clearTimeout(timer);
        this.waiting.delete(wake);
        resolve(isDrained);
      };
      const wake = (): void => {
        finish(true);
      };
      const timer = setTimeout(() => {
        finish(false);
      }, timeoutMs);
      this.waiting.add(wake);
    });
  }
}
