/** Calls back again and again while nothing is written. */
export class KeepAlive {
  private lastAt = performance.now();
  private timer: NodeJS.Timeout | null;

  /**
   * @param milliseconds between two bytes, at most
   * @param send called when nothing was written for that time
   */
  constructor(
    private readonly milliseconds: number,
    private readonly send: () => void,
  ) {
    this.timer = setTimeout(this.look, milliseconds);
  }

  /** Notes that something was written. Moves no timer. */
  noteBytes(): void {
    this.lastAt = performance.now();
  }

  /** Ends the calls. */
  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private readonly look = (): void => {
    const leftMs = this.lastAt + this.milliseconds - performance.now();
    if (leftMs <= 0) {
      this.lastAt = performance.now();
      this.send();
    }
    this.timer = setTimeout(this.look, leftMs > 0 ? Math.ceil(leftMs) : this.milliseconds);
  };
}
