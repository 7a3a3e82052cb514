import { Injectable } from '@nestjs/common';
import { Clock, type GatehouseError } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';
import type { CostRequest, CostReservation } from '#libs/spend';
import { LimitedReservation } from './limited-reservation.js';
import { deploymentClaims, deploymentTokens, type RateClaim } from '../rates/rate-claims.js';
import {
  RateCounters,
  ticketOf,
  type RateRefusal,
  type RateResult,
  type RateTicket,
} from '../rates/rate-counters.js';
import { rateLimited } from '../rates/rate-refusal.js';

/** What an attempt has taken of the counters of its deployment. */
export type DeploymentTicket = Pick<RateTicket, 'release' | 'cancel'>;

const NOTHING: RateResult = { ticket: ticketOf([]), refusal: null };

/** The limits of requests, tokens and parallel requests of deployments. */
@Injectable()
export class DeploymentRates {
  /** @param clock the time of day, for the instants in refusals */
  constructor(
    private readonly counters: RateCounters,
    private readonly clock: Clock,
  ) {}

  /**
   * Takes of the counters of a deployment, and of those of the request's own limits where they have not counted it yet, all or
   * none; `null` when the deployment is at a limit. Returns a promise only where the answer is not in memory.
   * @throws GatehouseError `rate_limited` when the request is beyond a limit of its own
   */
  take(
    deployment: DeploymentSettings,
    cost: CostReservation,
  ): DeploymentTicket | null | Promise<DeploymentTicket | null> {
    const open = cost instanceof LimitedReservation ? cost.openRates : [];
    const claims = [...open, ...claimsAt(deployment, cost)];
    const result: RateResult | Promise<RateResult> =
      claims.length === 0 ? NOTHING : this.counters.take(claims);
    const settle = (found: RateResult): DeploymentTicket | null =>
      this.settle(found, cost, open.length);
    return result instanceof Promise ? result.then(settle) : settle(result);
  }

  /** Whether a deployment is at a limit now. Asked before anything else is held for an attempt: most often the answer is in memory. */
  isFull(deployment: DeploymentSettings, cost: CostReservation): boolean | Promise<boolean> {
    const claims = claimsAt(deployment, cost);
    if (this.counters.mayFit(claims)) return false;
    const found = this.counters.look(claims);
    return found instanceof Promise ? found.then((one) => one !== null) : found !== null;
  }

  /** Returns the tokens that count now at a deployment; `null` where it has no limit of them. */
  tokensInMinute({ id, limits }: DeploymentSettings): number | null {
    return limits.tokensPerMinute === null ? null : this.counters.used(deploymentTokens(id));
  }

  /** Returns the refusal `rate_limited` when every one of some deployments is at a limit, else `null`. */
  refusal(
    deployments: Iterable<DeploymentSettings>,
    request: CostRequest,
  ): GatehouseError | null | Promise<GatehouseError | null> {
    const claims: (readonly RateClaim[])[] = [];
    for (const deployment of deployments) {
      const own = deploymentClaims(deployment, request);
      if (own.length === 0) return null;
      claims.push(own);
    }
    return this.firstFree(claims);
  }

  /**
   * Notes what the counters have decided; `null` when the deployment is at a limit.
   * @param ofRequest claims of the request's own limits, the first of all
   */
  private settle(
    { ticket, refusal }: RateResult,
    cost: CostReservation,
    ofRequest: number,
  ): DeploymentTicket | null {
    const limited = cost instanceof LimitedReservation ? cost : null;
    if (ticket === null) {
      if (refusal.claim.scope === 'deployment') return null;
      throw rateLimited(refusal, limited?.nowMs() ?? this.clock.nowMs());
    }
    const [own, ofAttempt] = ticket.split(ofRequest);
    limited?.counted(own);
    return ofAttempt;
  }

  /** The refusal of the deployment that is free first; `null` when one is free now. */
  private async firstFree(
    claims: readonly (readonly RateClaim[])[],
  ): Promise<GatehouseError | null> {
    let soonest: RateRefusal | null = null;
    for (const own of claims) {
      const refusal = await this.counters.look(own);
      if (refusal === null) return null;
      if (soonest === null || waitOf(refusal) < waitOf(soonest)) soonest = refusal;
    }
    return soonest === null ? null : rateLimited(soonest, this.clock.nowMs());
  }
}

/** A part of a connection takes no further slot at the deployment. */
function claimsAt(deployment: DeploymentSettings, cost: CostReservation): RateClaim[] {
  const claims = deploymentClaims(deployment, cost.request);
  return cost instanceof LimitedReservation && cost.sharesSlots
    ? claims.filter(({ type }) => type !== 'max_parallel_requests')
    : claims;
}

function waitOf({ waitMs, claim }: RateRefusal): number {
  return waitMs ?? (claim.amount > claim.limit ? Infinity : 0);
}
