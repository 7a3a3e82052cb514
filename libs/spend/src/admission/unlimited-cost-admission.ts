import { Injectable } from '@nestjs/common';
import { CostAdmission } from './cost-admission.js';
import { dearestBound, type CostRequest } from './cost-request.js';
import { CostReservation } from './cost-reservation.js';
import type { Standing } from './standing.js';

const NO_BUDGETS: readonly [] = [];
const NO_LIMITS: Standing = { subjects: [], budgets: [], rates: [] };

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

  override standing(): Promise<Standing> {
    return Promise.resolve(NO_LIMITS);
  }
}
