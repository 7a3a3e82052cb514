/** The last latencies that count. */
const MOST_SAMPLES = 10;

interface Sample {
  readonly atMs: number;
  readonly latencyMs: number;
}

/** The last latencies of one kind at one deployment. Instants are of a clock that never goes back. */
export class LatencySamples {
  /** Oldest first. */
  private samples: readonly Sample[] = [];

  /** Adds a latency that was measured at an instant. */
  add(atMs: number, latencyMs: number): void {
    this.samples = [...this.samples.slice(1 - MOST_SAMPLES), { atMs, latencyMs }];
  }

  /**
   * Returns the average; `null` when nothing counts.
   * @param ttlMs time for which a sample counts
   */
  averageAt(nowMs: number, ttlMs: number): number | null {
    const recent = this.samples.filter(({ atMs }) => nowMs - atMs < ttlMs);
    if (recent.length === 0) return null;
    return recent.reduce((sum, { latencyMs }) => sum + latencyMs, 0) / recent.length;
  }
}
