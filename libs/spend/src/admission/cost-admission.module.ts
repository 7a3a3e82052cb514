import { Module } from '@nestjs/common';
import { PriceBook } from '../costs/price-book.js';
import { CostAdmission } from './cost-admission.js';
import { UnlimitedCostAdmission } from './unlimited-cost-admission.js';

/** Prices and the admission of costs: the part of accounting that needs neither a database nor a journal. */
@Module({
  providers: [PriceBook, { provide: CostAdmission, useClass: UnlimitedCostAdmission }],
  exports: [PriceBook, CostAdmission],
})
export class CostAdmissionModule {}
