import { Module } from '@nestjs/common';
import { CostAdmissionModule } from '#libs/spend';
import { DecisionLogService } from './decision-log.service.js';
import { DecisionStoreService } from './decision-store.service.js';

/** Keeps the decisions about calls in memory and in the database. */
@Module({
  imports: [CostAdmissionModule],
  providers: [DecisionStoreService, DecisionLogService],
  exports: [DecisionLogService],
})
export class DecisionsModule {}
