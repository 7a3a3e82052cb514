import { Injectable } from '@nestjs/common';
import { Clock, type GatehouseError } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';
import type { CostRequest } from '#libs/spend';
import { deploymentClaims, type RateClaim } from './rate-claims.js';
import { RateCounters, type RateRefusal, type RateTicket } from './rate-counters.js';
import { rateLimited } from './rate-refusal.js';

const OPEN: Pick<RateTicket, 'release' | 'cancel'> = {
  release: () => undefined,
  cancel: () => undefined,
};

/** What an attempt has taken of the counters of its deployment. */
export type DeploymentTicket = typeof OPEN;

/** The limits of requests, tokens and parallel requests of deployments. */
@Injectable()
export class DeploymentRates {
  /** @param clock the time of day, for the instants in refusals */
  constructor(
    private readonly counters: RateCounters,
    private readonly clock: Clock,
  ) {}

  /** Takes of the counters of a deployment; `null` when it is at a limit. Returns a promise only where the answer is not in memory. */
  take(
    deployment: DeploymentSettings,
    request: CostRequest,
  ): DeploymentTicket | null | Promise<DeploymentTicket | null> {
    const claims = deploymentClaims(deployment, request);
    if (claims.length === 0) return OPEN;
    const result = this.counters.take(claims);
    return result instanceof Promise ? result.then(({ ticket }) => ticket) : result.ticket;
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

function waitOf({ waitMs, claim }: RateRefusal): number {
  return waitMs ?? (claim.amount > claim.limit ? Infinity : 0);
}
