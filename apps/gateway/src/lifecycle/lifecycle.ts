import { within } from '#libs/common';

/** Whether the process is stopping, and how many requests are still being answered. */
export class OpenRequests {
  private stopping = false;
  private unsettledCalls = 0;
  private readonly waiting: (() => void)[] = [];

  /** True from the first signal on; readiness is 503 then. */
  get isStopping(): boolean {
    return this.stopping;
  }

  /** Turns readiness off. */
  beginStopping(): void {
    this.stopping = true;
  }

  /**
   * Counts one request as in flight.
   * @returns what ends it; further calls change nothing
   */
  enter(): () => void {
    this.unsettledCalls += 1;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.unsettledCalls -= 1;
      if (this.unsettledCalls === 0) for (const wake of this.waiting.splice(0)) wake();
    };
  }

  /**
   * Waits until no request is in flight.
   * @returns whether that was reached
   */
  async idle(timeoutMs: number): Promise<boolean> {
    if (this.unsettledCalls === 0) return true;
    const lastLeft = new Promise<void>((resolve) => {
      this.waiting.push(resolve);
    });
    return within(timeoutMs, lastLeft);
  }
}
