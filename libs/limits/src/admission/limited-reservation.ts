import { CostReservation, dearestBound, type CostRequest } from '#libs/spend';
import type { ScopeLimits } from '../effective/scope-limits.js';
import type { MoneyHold } from '../holds/money-holds.js';
import type { RateClaim } from '../rates/rate-claims.js';
import type { RateState, RateTicket } from '../rates/rate-counters.js';
import { rateHeadersOf } from '../rates/rate-headers.js';

/** A request with the limits that it has to keep, at its instant. */
export interface LimitedCall {
  readonly limits: readonly ScopeLimits[];
  readonly request: CostRequest;
  readonly admittedAt: Date;
  /** The time of day, counted from the one reading of the clock that is {@link admittedAt}. */
  readonly nowMs: () => number;
  /** What it takes of the counters of its rate limits. */
  readonly rates: readonly RateClaim[];
  /** Counters of requests that have counted it already, for another model group. */
  readonly counted: readonly RateState[];
  /** Whether it is a part of a connection that has its parallel slots already. */
  readonly sharesSlots: boolean;
}

/**
 * The cost that is held for a request. Its rate limits count the request together with its first place at a deployment, in one
 * step, so that a request which gets none counts against nothing at any instant; until then the cost is held tentatively.
 */
export class LimitedReservation extends CostReservation {
  private ticket: RateTicket | null = null;
  private isReleased = false;
  private isDetached = false;

  /** @param money what is held; `null` for nothing */
  constructor(
    private readonly call: LimitedCall,
    private readonly money: MoneyHold | null,
  ) {
    const { request, admittedAt } = call;
    const admission = money === null ? {} : { admission: { admittedAt, holds: money.windows } };
    super(
      request,
      money?.heldPico ?? dearestBound(request),
      (costPico) => money?.release(costPico),
      admission,
    );
  }

  override get headers(): Readonly<Record<string, string>> {
    return rateHeadersOf([...this.call.counted, ...(this.ticket?.states ?? [])]);
  }

  /**
   * The counters that a later reservation of the same request does not take of again: those of requests, those of its earlier
   * reservations among them. While this one is held, a part of the same connection shares its parallel slots instead.
   */
  get keptCounters(): readonly RateState[] {
    const kept = this.isReleased ? 'requests' : 'max_parallel_requests';
    const own = (this.ticket?.states ?? []).filter(({ claim }) => claim.type === kept);
    return [...this.call.counted, ...own];
  }

  /** Whether it is a part of a connection whose parallel slots, also that at its deployment, are held. */
  get sharesSlots(): boolean {
    return this.call.sharesSlots;
  }

  /** Whether it is held still. */
  get isHeld(): boolean {
    return !this.isReleased;
  }

  /** What is still to be taken of the counters of the request's limits: nothing once it is counted. */
  get openRates(): readonly RateClaim[] {
    return this.ticket === null ? this.call.rates : [];
  }

  /** The time of day. */
  nowMs(): number {
    return this.call.nowMs();
  }

  /** Notes that every limit has admitted the request. */
  counted(ticket: RateTicket): void {
    if (this.ticket !== null) return;
    this.ticket = ticket;
    this.money?.confirm();
  }

  override detach(tokens = 0): void {
    if (!this.isDetached) this.ticket?.release(tokens);
    this.isDetached = true;
  }

  override release(): void {
    const { inputTokens, outputTokens } = this.booked;
    this.isReleased = true;
    if (!this.isDetached) this.ticket?.release(inputTokens + outputTokens);
    super.release();
  }
}
