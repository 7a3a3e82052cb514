/** Pauses in milliseconds. */
const FIRST_PAUSE = { cold: 1_000, warm: 15_000 } as const;
const LONGEST_PAUSE = { cold: 5_000, warm: 60_000 } as const;
const LONGEST_COOLDOWN_MS = 600_000;
const MAX_DOUBLINGS = 16;

/**
 * When a key set may be asked for again. Two gates, so that neither can starve the other: one for
 * first loads and scheduled refreshes, one for refreshes that an unknown key id asks for. Failures
 * widen both, exponentially and with jitter, so that replicas do not return in step.
 */
export class RefreshSchedule {
  private failures = 0;
  private wasCold = false;
  private notBeforeMs = 0;
  private demandFailures = 0;
  private noDemandBeforeMs = 0;

  /** @param random a number from 0 to 1, for jitter */
  constructor(private readonly random: () => number = Math.random) {}

  /** Tells whether a first load or scheduled refresh is due. */
  mayLoad(nowMs: number): boolean {
    return nowMs >= this.notBeforeMs;
  }

  /** Milliseconds until {@link mayLoad}; 0 when it already may. */
  pauseMs(nowMs: number): number {
    return Math.max(0, this.notBeforeMs - nowMs);
  }

  /**
   * Returns true and starts the cooldown if a refresh for an unknown key id may start now. The
   * attempt counts even if it fails.
   * @param cooldownMs pause until the next attempt
   */
  tryOnDemandRefresh(nowMs: number, cooldownMs: number): boolean {
    if (nowMs < this.noDemandBeforeMs) return false;
    this.noDemandBeforeMs = nowMs + Math.max(cooldownMs, 1_000);
    return true;
  }

  /** Records that the provider answered with a key set. */
  succeeded(): void {
    this.failures = 0;
    this.wasCold = false;
    this.notBeforeMs = 0;
  }

  /**
   * Records that the provider did not respond with a key set. A pause that is chosen while old keys
   * are usable ends when they no longer are, and later pauses are those of a cold start: recovery
   * must be noticed within seconds.
   * @param usableMs how much longer the last good keys are usable; 0 without a usable key
   */
  failed(nowMs: number, usableMs: number): void {
    const state = usableMs > 0 ? 'warm' : 'cold';
    if (state === 'cold' && !this.wasCold) this.failures = 0;
    this.wasCold = state === 'cold';
    const doubled = FIRST_PAUSE[state] * 2 ** Math.min(this.failures, MAX_DOUBLINGS);
    this.failures += 1;
    const pauseMs = this.jittered(Math.min(doubled, LONGEST_PAUSE[state]));
    this.notBeforeMs = nowMs + (state === 'warm' ? Math.min(pauseMs, usableMs) : pauseMs);
  }

  /**
   * Records how the refresh ended that {@link tryOnDemandRefresh} allowed.
   * @param hasSucceeded whether the provider answered with a key set
   */
  demandEnded(hasSucceeded: boolean, cooldownMs: number): void {
    if (hasSucceeded) {
      this.demandFailures = 0;
      return;
    }
    const factor = 2 ** Math.min(this.demandFailures, MAX_DOUBLINGS) - 1;
    this.demandFailures += 1;
    const extra = Math.min(cooldownMs * factor, LONGEST_COOLDOWN_MS);
    this.noDemandBeforeMs += this.jittered(extra + cooldownMs / 10);
  }

  private jittered(ms: number): number {
    return ms * (0.9 + 0.2 * this.random());
  }
}
