import { SlidingWindow, WINDOW_MS } from '#libs/common';
import type { RateClaim } from './rate-claims.js';
import {
  RateCounters,
  ticketOf,
  type RateRefusal,
  type RateResult,
  type RateState,
  type RateTicket,
} from './rate-counters.js';
import { longestOf } from './shared-state.js';

/** A claim that was taken, with what takes it back. */
interface Taken {
  readonly claim: RateClaim;
  /** Of tokens and requests. */
  readonly cell: number | null;
}

/**
 * Counters in the memory of one process. Exact: in no 60 seconds are more units taken than the limit, and nothing is
 * refused while fewer were taken in the last 60.1.
 */
export class LocalCounters extends RateCounters {
  private readonly windows = new Map<string, SlidingWindow>();
  /** Requests that run now. */
  private readonly running = new Map<string, number>();
  private sweptMs = -Infinity;

  /** @param nowMs a clock that never goes back */
  constructor(private readonly nowMs: () => number = () => performance.now()) {
    super();
  }

  override take(claims: readonly RateClaim[]): RateResult {
    const refusal = this.look(claims);
    return refusal === null
      ? { ticket: this.record(claims), refusal: null }
      : { ticket: null, refusal };
  }

  /** Takes of all counters, also beyond their limits. */
  record(claims: readonly RateClaim[]): RateTicket {
    const nowMs = this.nowMs();
    this.sweep(nowMs);
    const taken = claims.map((claim) => this.add(claim, nowMs));
    return ticketOf(
      taken.map((one) => ({
        state: this.stateOf(one.claim, nowMs),
        end: (tokens) => {
          this.end(one, tokens);
        },
      })),
    );
  }

  override mayFit(claims: readonly RateClaim[]): boolean {
    return claims.every((claim) => claim.amount <= claim.limit - this.used(claim));
  }

  override look(claims: readonly RateClaim[]): RateRefusal | null {
    const nowMs = this.nowMs();
    const states = claims.map((claim) => this.stateOf(claim, nowMs));
    const full = states.filter(({ claim, remaining }) => claim.amount > remaining);
    return longestOf(full.map((state) => ({ ...state, waitMs: this.waitMs(state.claim, nowMs) })));
  }

  /** Returns the units of a counter that were taken here and still count, or run. */
  override used({ counter, type }: Pick<RateClaim, 'counter' | 'type'>): number {
    return type === 'max_parallel_requests'
      ? (this.running.get(counter) ?? 0)
      : (this.windows.get(counter)?.totalAt(this.nowMs()) ?? 0);
  }

  private add(claim: RateClaim, nowMs: number): Taken {
    const { counter, amount } = claim;
    if (claim.type === 'max_parallel_requests') {
      this.running.set(counter, (this.running.get(counter) ?? 0) + amount);
      return { claim, cell: null };
    }
    return { claim, cell: this.windowOf(counter).add(nowMs, amount) };
  }

  /**
   * Puts what a claim came to in its place.
   * @param tokens that were used; `null` when there was no request
   */
  private end({ claim, cell }: Taken, tokens: number | null): void {
    const { counter, type, amount } = claim;
    if (cell === null) {
      const left = (this.running.get(counter) ?? 0) - amount;
      if (left > 0) this.running.set(counter, left);
      else this.running.delete(counter);
      return;
    }
    const counted = tokens === null || type === 'tokens' ? (tokens ?? 0) : amount;
    if (counted > amount) this.windowOf(counter).add(this.nowMs(), counted - amount);
    else this.windows.get(counter)?.correct(cell, counted - amount);
  }

  private windowOf(counter: string): SlidingWindow {
    const window = this.windows.get(counter) ?? new SlidingWindow();
    this.windows.set(counter, window);
    return window;
  }

  private stateOf(claim: RateClaim, nowMs: number): RateState {
    const remaining = Math.max(0, claim.limit - this.used(claim));
    return { claim, remaining, resetMs: this.windows.get(claim.counter)?.resetMs(nowMs) ?? 0 };
  }

  private waitMs({ counter, type, amount, limit }: RateClaim, nowMs: number): number | null {
    if (type === 'max_parallel_requests' || amount > limit) return null;
    return this.windows.get(counter)?.waitMs(nowMs, amount, limit) ?? 0;
  }

  /** Forgets counters of which nothing counts. */
  private sweep(nowMs: number): void {
    if (nowMs - this.sweptMs < WINDOW_MS) return;
    this.sweptMs = nowMs;
    for (const [counter, window] of this.windows)
      if (window.resetMs(nowMs) === 0) this.windows.delete(counter);
  }
}
