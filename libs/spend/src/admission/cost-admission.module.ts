import { Module } from '@nestjs/common';
import { PriceBook } from '../costs/price-book.js';
import { CostAdmission, LimitingAdmission } from './cost-admission.js';
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
  ],
  exports: [PriceBook, CostAdmission],
})
export class CostAdmissionModule {}
