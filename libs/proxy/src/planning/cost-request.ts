import type { AccessContext } from '#libs/access';
import type { PicoUsd } from '#libs/common';
import type { DeploymentSettings, Settings } from '#libs/config';
import {
  billedPrices,
  isPricedAtAll,
  reservationRangeOf,
  type Billing,
  type CostRequest,
  type PriceBook,
  type Reservation,
} from '#libs/spend';
import type { ModelGroup } from '../routing/model-registry.js';
import type { CallSize } from './call-size.js';
import type { OutputLimiter } from './relay-call.js';

/** A call whose cost is to be admitted. */
export interface CostedCall {
  readonly access: Pick<AccessContext, 'requestId' | 'attribution' | 'tags'>;
  readonly group: Pick<ModelGroup, 'name' | 'deployments'>;
  readonly settings: Pick<Settings, 'spend' | 'budgets'>;
  readonly size: CallSize;
  /** How the operation is billed. */
  readonly billing: Billing;
}

/** What knows the prices of deployments and the contexts of their models. */
export type BoundingPrices = Pick<PriceBook, 'find' | 'contextTokens'>;

/** Returns what is asked of the cost admission for a call: the bounds of all deployments that it may try. */
export function costRequestOf(call: CostedCall, priceBook: BoundingPrices): CostRequest {
  const { access, group, size, billing } = call;
  const leastOutput = leastOutputOf(call);
  const bounds = new Map<DeploymentSettings, PicoUsd>();
  const unpriced = new Set<DeploymentSettings>();
  let leastPico = 0n;
  for (const deployment of group.deployments) {
    const range = rangeAt(deployment, call, priceBook);
    bounds.set(deployment, range.mostPico);
    const least = leastOutput === null ? range : rangeAt(deployment, call, priceBook, leastOutput);
    if (least.leastPico > leastPico) leastPico = least.leastPico;
    if (!isPricedAtAll(priceBook.find(deployment), billing)) unpriced.add(deployment);
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
    outputTokensBound: size.outputTokensBound,
    estimateInputTokens: size.estimateInputTokens,
  };
}

/** Output of one choice that is of use, in tokens. About 50 words. */
const USEFUL_OUTPUT_TOKENS = 64;

/** Returns to how many tokens of one choice the output may be lowered; `null` where it may not be. */
function leastOutputOf({ settings, size }: CostedCall): number | null {
  const { maxOutputTokens } = size;
  return settings.budgets.clampOutput && maxOutputTokens !== null
    ? Math.min(maxOutputTokens, USEFUL_OUTPUT_TOKENS)
    : null;
}

function rangeAt(
  deployment: DeploymentSettings,
  { size, settings, billing }: CostedCall,
  priceBook: BoundingPrices,
  outputLimit: number | null = null,
): Reservation {
  return reservationRangeOf({
    ...size.boundsAt(deployment, priceBook, outputLimit),
    prices: billedPrices(priceBook.find(deployment), billing),
    serviceTier: size.serviceTier,
    defaultReservationUsd: settings.spend.defaultReservationUsd,
  });
}

/**
 * Returns what lowers the output of a call to what is held for it: to the largest number of tokens with which an attempt cannot
 * cost more. It never raises it.
 */
export function outputLimiterOf(call: CostedCall, priceBook: BoundingPrices): OutputLimiter {
  return (deployment, heldPico) => {
    const least = leastOutputOf(call);
    const most = call.size.maxOutputTokens;
    const fits = (tokens: number): boolean =>
      rangeAt(deployment, call, priceBook, tokens).leastPico <= heldPico;
    if (least === null || most === null || fits(most)) return null;
    // What is held bears the least. Between the two is the largest number that it bears.
    let [low, high] = [least, most];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (fits(middle)) low = middle;
      else high = middle;
    }
    return low;
  };
}
