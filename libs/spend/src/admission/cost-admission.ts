import type { GatehouseError, PicoUsd } from '#libs/common';
import type { BudgetScope } from '../costs/call-records.js';
import type { CostRequest, CountedRequest } from './cost-request.js';
import type { CostReservation } from './cost-reservation.js';
import type { Standing } from './standing.js';

/** The amount that is left of one budget. */
export interface RemainingBudget {
  readonly scope: BudgetScope;
  readonly id: string;
  readonly remainingPico: PicoUsd;
}

/**
 * Admits requests by their cost, once for each request: after it is planned and before anything is written for it. A
 * refusal is a GatehouseError of the catalogue: `budget_exceeded`, `rate_limited`, or `model_not_allowed` for a tag. The relay, explanations and the
 * records of decisions ask the same object.
 */
export abstract class CostAdmission {
  /**
   * Reserves the cost of a request. The caller must release the reservation exactly once. Returns a promise only where
   * the answer is not there at once.
   * @param after an earlier reservation of the same request: a released one of another model group, with which the request
   * counts once; or the one that is held for a connection, of which this is a further part, which shares its parallel slots
   * @throws GatehouseError the refusal; nothing is reserved then
   */
  abstract admit(
    request: CostRequest,
    after?: CostReservation | null,
  ): CostReservation | Promise<CostReservation>;

  /** Returns the refusal that {@link admit} would throw now; `null` when it would admit. Reserves nothing. */
  abstract wouldRefuse(request: CostRequest): Promise<GatehouseError | null>;

  /** Returns what is left now of every budget that such requests count against. */
  abstract remaining(request: CountedRequest): Promise<readonly RemainingBudget[]>;

  /** Returns every limit that such requests have to keep, and what is left of it now. Takes nothing. */
  abstract standing(request: CountedRequest): Promise<Standing>;
}

/** The admission of a program that enforces limits. Without one every request is admitted. */
export abstract class LimitingAdmission extends CostAdmission {}
