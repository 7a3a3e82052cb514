/** Milliseconds of a day of 24 hours. */
export const DAY_MS = 86_400_000;

/**
 * The time of day, as a dependency, so that tests can fix it. Injected by this class as the token.
 */
export abstract class Clock {
  /** Milliseconds since the Unix epoch. */
  abstract nowMs(): number;

  /** The same instant as a `Date`. */
  now(): Date {
    return new Date(this.nowMs());
  }
}

/** The machine's own clock. */
export class SystemClock extends Clock {
  override nowMs(): number {
    return Date.now();
  }
}
