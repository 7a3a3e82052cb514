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
}

/**
 * The cost that is held for a request. Its rate limits count the request together with its first place at a deployment, in one
 * step, so that a request which gets none counts against nothing at any instant; until then the cost is held tentatively.
 */
export class LimitedReservation extends CostReservation {
  private ticket: RateTicket | null = null;

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

  /** The counters of requests that have counted the request, those of its earlier reservations among them. */
  get requestCounters(): readonly RateState[] {
    const own = (this.ticket?.states ?? []).filter(({ claim }) => claim.type === 'requests');
    return [...this.call.counted, ...own];
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

  override release(): void {
    const { inputTokens, outputTokens } = this.booked;
    this.ticket?.release(inputTokens + outputTokens);
    super.release();
  }
}
