import { pause } from './time-limit.js';

/** Growing pauses between attempts, with jitter so that replicas do not come back in step. */
export class BackOff {
  private nextMs: number;

  constructor(
    private readonly firstMs: number,
    private readonly limitMs: number,
  ) {
    this.nextMs = firstMs;
  }

  /** Starts over, after a success. */
  reset(): void {
    this.nextMs = this.firstMs;
  }

  /**
   * Waits for the next pause: between half of it and all of it.
   * @param signal ends the wait early
   */
  async wait(signal: AbortSignal): Promise<void> {
    const ms = this.nextMs * (0.5 + Math.random() / 2);
    this.nextMs = Math.min(this.nextMs * 2, this.limitMs);
    await pause(ms, signal);
  }
}
