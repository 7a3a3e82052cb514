import { Injectable } from '@nestjs/common';
import { Clock, type GatehouseError } from '#libs/common';
import type { ScopeLimits } from '../effective/effective-limits.js';
import type { RateStanding } from '#libs/spend';
import { claimsOf, emptyClaimsOf, type RatedRequest } from './rate-claims.js';
import { RateCounters, type RateResult, type RateTicket } from './rate-counters.js';
import { rateLimited } from './rate-refusal.js';

const UNLIMITED: RateTicket = {
  states: [],
  release: () => undefined,
  cancel: () => undefined,
};

/** Admits requests by the rate limits of their key, user, team, member, organisation, end user and tags. */
@Injectable()
export class RateAdmission {
  /** @param clock the time of day, for the instants in refusals */
  constructor(
    private readonly counters: RateCounters,
    private readonly clock: Clock,
  ) {}

  /**
   * Counts a request against all of its limits. The caller must release or cancel the ticket exactly once. Returns no
   * promise when the answer is in memory.
   * @param limits of all subjects of the request
   * @throws GatehouseError `rate_limited`; nothing is counted then
   */
  take(limits: readonly ScopeLimits[], request: RatedRequest): RateTicket | Promise<RateTicket> {
    const claims = claimsOf(limits, request);
    if (claims.length === 0) return UNLIMITED;
    const result = this.counters.take(claims);
    return result instanceof Promise
      ? result.then((taken) => this.ticketOf(taken))
      : this.ticketOf(result);
  }

  /** Returns the refusal that {@link take} would throw now; `null` when it would admit. Counts nothing. */
  async wouldRefuse(
    limits: readonly ScopeLimits[],
    request: RatedRequest,
  ): Promise<GatehouseError | null> {
    const claims = claimsOf(limits, request);
    const refusal = claims.length === 0 ? null : await this.counters.look(claims);
    return refusal === null ? null : rateLimited(refusal, this.clock.nowMs());
  }

  /** Returns every limit of subjects with what is left of it, those for models, too. Takes nothing of them. */
  async standing(limits: readonly ScopeLimits[]): Promise<readonly RateStanding[]> {
    const claims = emptyClaimsOf(limits);
    if (claims.length === 0) return [];
    // What takes nothing is never refused, and sees the counters of all replicas.
    const result = await this.counters.take(claims);
    result.ticket?.cancel();
    const states = result.ticket === null ? [result.refusal] : result.ticket.states;
    return states.map(({ claim, remaining, resetMs }) => {
      const { scope, id, model, type, limit } = claim;
      return { scope, id, model, type, limit, remaining: Math.max(0, remaining), resetMs };
    });
  }

  private ticketOf({ ticket, refusal }: RateResult): RateTicket {
    if (ticket !== null) return ticket;
    throw rateLimited(refusal, this.clock.nowMs());
  }
}
