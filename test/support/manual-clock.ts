import { Clock } from '#libs/common';

/** A clock that stands still until a test moves it. */
export class ManualClock extends Clock {
  /** @param currentMs the time at which it stands; default is the machine's time, in whole seconds */
  constructor(private currentMs = Math.floor(Date.now() / 1000) * 1000) {
    super();
  }

  override nowMs(): number {
    return this.currentMs;
  }

  /** The time in seconds, as tokens tell it. */
  get seconds(): number {
    return this.currentMs / 1000;
  }

  /** Moves it on (or back). */
  advance(seconds: number): void {
    this.currentMs += seconds * 1000;
  }
}
