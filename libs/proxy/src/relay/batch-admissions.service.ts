import { Injectable } from '@nestjs/common';
import { GatehouseError, isGatehouseError } from '#libs/common';
import { CostAdmission, DeploymentAdmission, PriceBook, isPricedAtAll } from '#libs/spend';
import type { PlannedCall } from '../planning/relay-call.js';
import { batchReservation, type BatchPlace } from './batch-cost.js';
import type { LineSize } from '../endpoints/objects/batch-input.js';
import type { WorkHold } from '../settlement/object-settlements.js';

/** Admits the cost of batches. */
@Injectable()
export class BatchAdmissionsService {
  constructor(
    private readonly costs: CostAdmission,
    private readonly deployments: DeploymentAdmission,
    private readonly priceBook: PriceBook,
  ) {}

  /**
   * Holds the upper bound of the cost of a batch.
   * @throws GatehouseError `price_unknown`, `budget_exceeded`, `rate_limited`; nothing is held then
   */
  async admit(
    { access, group }: PlannedCall,
    lines: readonly LineSize[],
    place: BatchPlace,
  ): Promise<WorkHold> {
    const { deployment, billing, settings } = place;
    const isPriced = isPricedAtAll(this.priceBook.find(deployment), billing);
    if (!isPriced && settings.spend.unpricedModels === 'deny')
      throw new GatehouseError('price_unknown', { param: 'input_file_id', isByLimit: true });
    const range = await batchReservation(lines, place, this.priceBook);
    const cost = await this.costs.admit({
      ...{ requestId: access.requestId, attribution: access.attribution, tags: access.tags },
      modelGroup: group.name,
      bounds: new Map([[deployment, range.mostPico]]),
      leastPico: range.leastPico > 0n ? range.leastPico : 1n,
      unpriced: new Set(isPriced ? [] : [deployment]),
      outputTokensBound: null,
      estimateInputTokens: () => 0,
    });
    try {
      const pass = await this.deployments.enter(deployment, cost);
      if (pass === null || isGatehouseError(pass))
        throw pass ?? new GatehouseError('rate_limited', { isByLimit: true });
      cost.detach();
      return { cost, pass };
    } catch (error) {
      cost.release();
      throw error;
    }
  }
}
