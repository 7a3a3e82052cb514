/** Percentiles of a set of durations. */
export class Latencies {
  private readonly sorted: Float64Array;

  constructor(milliseconds: readonly number[]) {
    this.sorted = Float64Array.from(milliseconds).sort();
  }

  /** Returns the durations of several sets as one. */
  static together(parts: readonly Latencies[]): Latencies {
    return new Latencies(parts.flatMap(({ sorted }) => [...sorted]));
  }

  /**
   * Returns the smallest duration that at least this share of all does not exceed, in milliseconds.
   * @param share from 0 to 1, for example 0.99
   */
  at(share: number): number {
    const index = Math.ceil(share * this.sorted.length) - 1;
    return this.sorted[Math.max(0, index)] ?? Number.NaN;
  }
}

/** Middle value with the smallest and the largest one. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Returns the median and the range of the values of all rounds, `null` when there is none. */
export function spreadOf(values: readonly number[]): Spread | null {
  const sorted = values.toSorted((a, b) => a - b);
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.ceil((sorted.length - 1) / 2)];
  const [min] = sorted;
  const max = sorted.at(-1);
  if (low === undefined || high === undefined || min === undefined || max === undefined)
    return null;
  return { median: (low + high) / 2, min, max };
}
