import { Injectable } from '@nestjs/common';
import { CostAdmission } from './cost-admission.js';
import { dearestBound, type CostRequest } from './cost-request.js';
import { CostReservation } from './cost-reservation.js';

const NO_BUDGETS: readonly [] = [];

/** What is reserved was taken from no budget. */
const giveNothingBack = (): void => undefined;

/** Admits every request: the admission of a program that knows no rows, and so no limits. */
@Injectable()
export class UnlimitedCostAdmission extends CostAdmission {
  override admit(request: CostRequest): CostReservation {
    return new CostReservation(request, dearestBound(request), giveNothingBack);
  }

  override wouldRefuse(): Promise<null> {
    return Promise.resolve(null);
  }

  override remaining(): Promise<typeof NO_BUDGETS> {
    return Promise.resolve(NO_BUDGETS);
  }
}
