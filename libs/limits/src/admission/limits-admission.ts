import { Injectable } from '@nestjs/common';
import { Clock, type GatehouseError } from '#libs/common';
import {
  LimitingAdmission,
  type CostRequest,
  type CostReservation,
  type CountedRequest,
  type RemainingBudget,
  type Standing,
} from '#libs/spend';
import { EffectiveLimits } from '../effective/effective-limits.js';
import type { ScopeLimits } from '../effective/scope-limits.js';
import { TagModels } from '../effective/tag-models.js';
import { MoneyAdmission } from '../holds/money-admission.js';
import { RateAdmission } from '../rates/rate-admission.js';
import { DeploymentFailures } from '../rates/deployment-failures.js';
import type { RateClaim } from '../rates/rate-claims.js';
import type { RateState } from '../rates/rate-counters.js';
import { LimitedReservation, type LimitedCall } from './limited-reservation.js';

/** What an earlier reservation of the same request has counted. */
type Earlier = Pick<LimitedCall, 'counted' | 'sharesSlots'>;

const NOT_COUNTED: Earlier = { counted: [], sharesSlots: false };

/**
 * Admits a request by all of its limits. One that is refused counts against none of them, and refuses no other meanwhile: its
 * cost is held first, tentatively, so that others wait for the decision, and its rate limits count it last, with its first place
 * at a deployment.
 */
@Injectable()
export class LimitsAdmission extends LimitingAdmission {
  /**
   * @param limits which a request has to keep
   * @param rates requests, tokens and parallel requests
   * @param money budgets of money, in which the cost is held
   * @param tagModels which models its tags have
   * @param clock the instant of an admission, which decides the windows of its cost
   * @param failures decide whether dynamic limits are kept
   */
  constructor(
    private readonly limits: EffectiveLimits,
    private readonly rates: RateAdmission,
    private readonly money: MoneyAdmission,
    private readonly tagModels: TagModels,
    private readonly clock: Clock,
    private readonly failures: DeploymentFailures,
  ) {
    super();
  }

  override admit(
    request: CostRequest,
    after: CostReservation | null = null,
  ): CostReservation | Promise<CostReservation> {
    const earlier =
      after instanceof LimitedReservation
        ? { counted: after.keptCounters, sharesSlots: after.isHeld }
        : NOT_COUNTED;
    const refusal = this.tagModels.refusal(request);
    return refusal instanceof Promise
      ? refusal.then((found) => this.admitUnless(found, request, earlier))
      : this.admitUnless(refusal, request, earlier);
  }

  private admitUnless(
    refusal: GatehouseError | null,
    request: CostRequest,
    earlier: Earlier,
  ): CostReservation | Promise<CostReservation> {
    if (refusal !== null) throw refusal;
    const limits = this.limits.of(request);
    return limits instanceof Promise
      ? limits.then((found) => this.admitWithin(found, request, earlier))
      : this.admitWithin(limits, request, earlier);
  }

  override async wouldRefuse(request: CostRequest): Promise<GatehouseError | null> {
    const ofTags = await this.tagModels.refusal(request);
    if (ofTags !== null) return ofTags;
    const limits = await this.limits.of(request);
    const missing = this.limits.missingBudget(limits);
    if (missing !== null) return missing;
    const { rates, nowMs, admittedAt } = this.callOf(limits, request, NOT_COUNTED);
    const refusal = await this.rates.refusal(rates, nowMs);
    return refusal ?? this.money.wouldRefuse(limits, request, admittedAt.getTime());
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

  private callOf(
    limits: readonly ScopeLimits[],
    request: CostRequest,
    earlier: Earlier,
  ): LimitedCall {
    const admittedAt = this.clock.now();
    const beganMs = performance.now();
    const nowMs = (): number => admittedAt.getTime() + performance.now() - beganMs;
    const claims = this.claimsOf(limits, request);
    const { counted } = earlier;
    const rates = counted.length === 0 ? claims : claimsWithout(claims, counted);
    return { limits, request, admittedAt, nowMs, rates, ...earlier };
  }

  private claimsOf(limits: readonly ScopeLimits[], request: CostRequest): readonly RateClaim[] {
    const { modelGroup, outputTokensBound, estimateInputTokens, bounds } = request;
    const isFailing = (): boolean => this.failures.isAnyFailing(bounds.keys());
    return this.rates.claimsOf(limits, {
      ...{ modelGroup, bounds, outputTokensBound, estimateInputTokens },
      isFailing,
    });
  }

  private admitWithin(
    limits: readonly ScopeLimits[],
    request: CostRequest,
    earlier: Earlier,
  ): CostReservation | Promise<CostReservation> {
    const missing = this.limits.missingBudget(limits);
    if (missing !== null) throw missing;
    const call = this.callOf(limits, request, earlier);
    const refusal = this.rates.refusalWhenFull(call.rates, call.nowMs);
    return refusal instanceof Promise
      ? refusal.then((found) => this.holdUnless(found, call))
      : this.holdUnless(refusal, call);
  }

  private holdUnless(
    refusal: GatehouseError | null,
    call: LimitedCall,
  ): CostReservation | Promise<CostReservation> {
    if (refusal !== null) throw refusal;
    const money = this.money.hold(call.limits, call.request, call.admittedAt.getTime());
    return money instanceof Promise
      ? money.then((held) => new LimitedReservation(call, held))
      : new LimitedReservation(call, money);
  }
}

function claimsWithout(
  claims: readonly RateClaim[],
  counted: readonly RateState[],
): readonly RateClaim[] {
  const counters = new Set(counted.map(({ claim }) => claim.counter));
  return claims.filter(({ counter }) => !counters.has(counter));
}
