import { Module } from '@nestjs/common';
import { PriceBook } from '../costs/price-book.js';
import { CostAdmission, LimitingAdmission } from './cost-admission.js';
import {
  DeploymentAdmission,
  LimitingDeployments,
  OpenDeployments,
} from './deployment-admission.js';
import { UnlimitedCostAdmission } from './unlimited-cost-admission.js';

/** Prices and the admission of costs: the part of accounting that needs neither a database nor a journal. */
@Module({
  providers: [
    PriceBook,
    {
      provide: CostAdmission,
      inject: [{ token: LimitingAdmission, optional: true }],
      useFactory: (limiting?: LimitingAdmission) => limiting ?? new UnlimitedCostAdmission(),
    },
    {
      provide: DeploymentAdmission,
      inject: [{ token: LimitingDeployments, optional: true }],
      useFactory: (limiting?: LimitingDeployments) => limiting ?? new OpenDeployments(),
    },
  ],
  exports: [PriceBook, CostAdmission, DeploymentAdmission],
})
export class CostAdmissionModule {}
