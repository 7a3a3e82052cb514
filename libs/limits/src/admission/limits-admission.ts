import { Injectable } from '@nestjs/common';
import { Clock, withFailure, type GatehouseError, type PicoUsd } from '#libs/common';
import {
  CostReservation,
  LimitingAdmission,
  dearestBound,
  type CostRequest,
  type CountedRequest,
  type RemainingBudget,
  type Standing,
} from '#libs/spend';
import { EffectiveLimits, type ScopeLimits } from '../effective/effective-limits.js';
import { TagModels } from '../effective/tag-models.js';
import { MoneyAdmission } from '../holds/money-admission.js';
import type { MoneyHold } from '../holds/money-holds.js';
import { RateAdmission } from '../rates/rate-admission.js';
import type { RatedRequest } from '../rates/rate-claims.js';
import type { RateTicket } from '../rates/rate-counters.js';
import { rateHeadersOf } from '../rates/rate-headers.js';

/** A request with the limits that it has to keep, at its instant. */
interface LimitedCall {
  readonly limits: readonly ScopeLimits[];
  readonly request: CostRequest;
  readonly admittedAt: Date;
}

/** Admits a request by all of its limits. One that is refused counts against none of them. */
@Injectable()
export class LimitsAdmission extends LimitingAdmission {
  /**
   * @param limits which a request has to keep
   * @param rates requests, tokens and parallel requests
   * @param money budgets of money, in which the cost is held
   * @param tagModels which models its tags have
   * @param clock the instant of an admission, which decides the windows of its cost
   */
  constructor(
    private readonly limits: EffectiveLimits,
    private readonly rates: RateAdmission,
    private readonly money: MoneyAdmission,
    private readonly tagModels: TagModels,
    private readonly clock: Clock,
  ) {
    super();
  }

  override admit(request: CostRequest): CostReservation | Promise<CostReservation> {
    const refusal = this.tagModels.refusal(request);
    return refusal instanceof Promise
      ? refusal.then((found) => this.admitUnless(found, request))
      : this.admitUnless(refusal, request);
  }

  private admitUnless(
    refusal: GatehouseError | null,
    request: CostRequest,
  ): CostReservation | Promise<CostReservation> {
    if (refusal !== null) throw refusal;
    const limits = this.limits.of(request);
    return limits instanceof Promise
      ? limits.then((found) => this.admitWithin(found, request))
      : this.admitWithin(limits, request);
  }

  override async wouldRefuse(request: CostRequest): Promise<GatehouseError | null> {
    const ofTags = await this.tagModels.refusal(request);
    if (ofTags !== null) return ofTags;
    const limits = await this.limits.of(request);
    const refusal = await this.rates.wouldRefuse(limits, ratedRequest(request));
    return refusal ?? this.money.wouldRefuse(limits, request, this.clock.nowMs());
  }

  override async remaining(request: CountedRequest): Promise<readonly RemainingBudget[]> {
    return this.money.remaining(await this.limits.of(request));
  }

  override async standing(request: CountedRequest): Promise<Standing> {
    const limits = await this.limits.of(request);
    const [budgets, rates] = await Promise.all([
      this.money.standing(limits),
      this.rates.standing(limits),
    ]);
    return { subjects: limits, budgets, rates };
  }

  private admitWithin(
    limits: readonly ScopeLimits[],
    request: CostRequest,
  ): CostReservation | Promise<CostReservation> {
    const admittedAt = this.clock.now();
    const ticket = this.rates.take(limits, ratedRequest(request));
    const hold = (taken: RateTicket): CostReservation | Promise<CostReservation> =>
      this.holdWith(taken, { limits, request, admittedAt });
    return ticket instanceof Promise ? ticket.then(hold) : hold(ticket);
  }

  /** Holds the cost of a request that its rate limits admit; one that money refuses is not counted. */
  private holdWith(
    ticket: RateTicket,
    { limits, request, admittedAt }: LimitedCall,
  ): CostReservation | Promise<CostReservation> {
    const hold = withFailure(
      () => this.money.hold(limits, request, admittedAt.getTime()),
      () => {
        ticket.cancel();
      },
    );
    return hold instanceof Promise
      ? hold.then((money) => reservationOf(request, ticket, { money, admittedAt }))
      : reservationOf(request, ticket, { money: hold, admittedAt });
  }
}

function reservationOf(
  request: CostRequest,
  ticket: RateTicket,
  { money, admittedAt }: { readonly money: MoneyHold | null; readonly admittedAt: Date },
): CostReservation {
  const release = (costPico: PicoUsd): void => {
    const { inputTokens, outputTokens } = reservation.booked;
    ticket.release(inputTokens + outputTokens);
    money?.release(costPico);
  };
  const reservation = new CostReservation(
    request,
    money?.heldPico ?? dearestBound(request),
    release,
    {
      headers: rateHeadersOf(ticket.states),
      ...(money === null ? {} : { admission: { admittedAt, holds: money.windows } }),
    },
  );
  return reservation;
}

function ratedRequest(request: CostRequest): RatedRequest {
  const { modelGroup, outputTokensBound, estimateInputTokens } = request;
  return { modelGroup, outputTokensBound, estimateInputTokens };
}
