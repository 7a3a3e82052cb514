import { Injectable } from '@nestjs/common';
import type { GatehouseError } from '#libs/common';
import {
  CostReservation,
  LimitingAdmission,
  dearestBound,
  type CostRequest,
  type RemainingBudget,
} from '#libs/spend';
import { EffectiveLimits, type ScopeLimits } from '../effective/effective-limits.js';
import { RateAdmission } from '../rates/rate-admission.js';
import type { RatedRequest } from '../rates/rate-claims.js';
import type { RateTicket } from '../rates/rate-counters.js';
import { rateHeadersOf } from '../rates/rate-headers.js';

const NO_BUDGETS: readonly RemainingBudget[] = [];

/** Admits a request by all of its limits. One that is refused counts against none of them. */
@Injectable()
export class LimitsAdmission extends LimitingAdmission {
  /**
   * @param limits which a request has to keep
   * @param rates requests, tokens and parallel requests
   */
  constructor(
    private readonly limits: EffectiveLimits,
    private readonly rates: RateAdmission,
  ) {
    super();
  }

  override admit(request: CostRequest): CostReservation | Promise<CostReservation> {
    const limits = this.limits.of(request.attribution);
    return limits instanceof Promise
      ? limits.then((found) => this.admitWithin(found, request))
      : this.admitWithin(limits, request);
  }

  override async wouldRefuse(request: CostRequest): Promise<GatehouseError | null> {
    const limits = await this.limits.of(request.attribution);
    return this.rates.wouldRefuse(limits, ratedRequest(request));
  }

  override remaining(): Promise<readonly RemainingBudget[]> {
    return Promise.resolve(NO_BUDGETS);
  }

  private admitWithin(
    limits: readonly ScopeLimits[],
    request: CostRequest,
  ): CostReservation | Promise<CostReservation> {
    const ticket = this.rates.take(limits, ratedRequest(request));
    return ticket instanceof Promise
      ? ticket.then((taken) => reservationOf(request, taken))
      : reservationOf(request, ticket);
  }
}

function reservationOf(request: CostRequest, ticket: RateTicket): CostReservation {
  const release = (): void => {
    const { inputTokens, outputTokens } = reservation.booked;
    ticket.release(inputTokens + outputTokens);
  };
  const terms = { headers: rateHeadersOf(ticket.states) };
  const reservation = new CostReservation(request, dearestBound(request), release, terms);
  return reservation;
}

function ratedRequest(request: CostRequest): RatedRequest {
  const { modelGroup, outputTokensBound, estimateInputTokens } = request;
  return { modelGroup, outputTokensBound, estimateInputTokens };
}
