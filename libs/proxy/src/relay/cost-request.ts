import type { AccessContext } from '#libs/access';
import type { PicoUsd } from '#libs/common';
import type { DeploymentSettings, Settings } from '#libs/config';
import { isPricedAtAll, reservationRangeOf, type CostRequest, type PriceBook } from '#libs/spend';
import type { ModelGroup } from '../routing/model-registry.js';
import type { CallSize } from './call-size.js';

/** A call whose cost is to be admitted. */
interface CostedCall {
  readonly access: Pick<AccessContext, 'requestId' | 'attribution' | 'tags'>;
  readonly group: ModelGroup;
  readonly settings: Pick<Settings, 'spend'>;
  readonly size: CallSize;
  /** The price of output tokens must be known as well. */
  readonly billsOutput: boolean;
}

/** Returns what is asked of the cost admission for a call: the bounds of all deployments that it may try. */
export function costRequestOf(
  { access, group, settings, size, billsOutput }: CostedCall,
  priceBook: Pick<PriceBook, 'find' | 'contextTokens'>,
): CostRequest {
  const { outputTokensBound, serviceTier } = size;
  const { defaultReservationUsd } = settings.spend;
  const bounds = new Map<DeploymentSettings, PicoUsd>();
  const unpriced = new Set<DeploymentSettings>();
  let leastPico = 0n;
  for (const deployment of group.deployments) {
    const prices = priceBook.find(deployment);
    const { mostPico, leastPico: least } = reservationRangeOf({
      ...size.boundsAt(deployment, priceBook),
      ...{ prices, serviceTier, defaultReservationUsd },
    });
    bounds.set(deployment, mostPico);
    if (least > leastPico) leastPico = least;
    if (!isPricedAtAll(prices, billsOutput)) unpriced.add(deployment);
  }
  return {
    requestId: access.requestId,
    attribution: access.attribution,
    tags: access.tags,
    modelGroup: group.name,
    bounds,
    // What has a price may cost something, however little its input is known to be.
    leastPico: leastPico > 0n ? leastPico : 1n,
    unpriced,
    outputTokensBound,
    estimateInputTokens: size.estimateInputTokens,
  };
}
