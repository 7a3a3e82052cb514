import { Injectable } from '@nestjs/common';
import type { GatehouseError } from '#libs/common';
import { SettingsStore } from '#libs/config';
import type { RateStanding } from '#libs/spend';
import type { ScopeLimits } from '../effective/scope-limits.js';
import { claimsOf, emptyClaimsOf, type RateClaim, type RatedRequest } from './rate-claims.js';
import { RateCounters, type RateRefusal } from './rate-counters.js';
import { rateLimited } from './rate-refusal.js';

/** Says which requests are beyond the rate limits of their key, user, team, member, organisation, end user and tags. */
@Injectable()
export class RateAdmission {
  /** @param settings the limits of the whole gateway */
  constructor(
    private readonly counters: RateCounters,
    private readonly settings: SettingsStore,
  ) {}

  /** Returns what a request takes of the counters of all of its limits, those of the gateway with them. */
  claimsOf(limits: readonly ScopeLimits[], request: RatedRequest): RateClaim[] {
    const { gateway } = this.settings.current.budgets;
    const all = { scope: 'gateway', id: '', limits: gateway };
    return claimsOf(gateway.maxParallelRequests === undefined ? limits : [...limits, all], request);
  }

  /**
   * Returns the refusal of a request that is beyond a limit by what is known in memory, so that nothing is held for it elsewhere;
   * `null` when only the counters tell. Counts nothing.
   * @param claims on the counters of all limits of the request
   * @param nowMs the time of day of the request
   */
  refusalWhenFull(
    claims: readonly RateClaim[],
    nowMs: () => number,
  ): GatehouseError | null | Promise<GatehouseError | null> {
    return this.counters.mayFit(claims) ? null : this.refusal(claims, nowMs);
  }

  /** Returns the refusal of a request now; `null` where its limits admit it. Counts nothing. */
  refusal(
    claims: readonly RateClaim[],
    nowMs: () => number,
  ): GatehouseError | null | Promise<GatehouseError | null> {
    if (claims.length === 0) return null;
    const found = this.counters.look(claims);
    const refusalOf = (one: RateRefusal | null): GatehouseError | null =>
      one === null ? null : rateLimited(one, nowMs());
    return found instanceof Promise ? found.then(refusalOf) : refusalOf(found);
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
}
