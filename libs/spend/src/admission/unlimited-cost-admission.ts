import { Injectable } from '@nestjs/common';
import { CostAdmission } from './cost-admission.js';
import { dearestBound, type CostRequest } from './cost-request.js';
import { CostReservation } from './cost-reservation.js';

const NO_BUDGETS: readonly [] = [];

/** Admits every request: there are no budgets and no rate limits. */
@Injectable()
export class UnlimitedCostAdmission extends CostAdmission {
  override admit(request: CostRequest): Promise<CostReservation> {
    // Taken from no budget, so that there is nothing to give back.
    return Promise.resolve(new CostReservation(request, dearestBound(request), () => undefined));
  }

  override wouldRefuse(): Promise<null> {
    return Promise.resolve(null);
  }

  override remaining(): Promise<typeof NO_BUDGETS> {
    return Promise.resolve(NO_BUDGETS);
  }
}
