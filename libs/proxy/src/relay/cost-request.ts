import type { AccessContext } from '#libs/access';
import type { PicoUsd } from '#libs/common';
import type { DeploymentSettings, Settings } from '#libs/config';
import { isPricedAtAll, reservationOf, type CostRequest, type PriceBook } from '#libs/spend';
import type { ModelGroup } from '../routing/model-registry.js';
import type { PlannedCall } from './relay-call.js';

/** The facts of a call that bound its cost. */
interface CallSize {
  /** Returns the bytes of the body for a deployment: no text has more tokens than bytes. */
  bodyBytes(deployment: DeploymentSettings): number;
  /** Upper bound of the whole output in tokens; `null` when the request sets none. */
  readonly outputTokensBound: number | null;
  /** The price class that the client asked for; `null` leaves it to the upstream. */
  readonly serviceTier: string | null;
  /** Estimates the tokens of the input. */
  readonly estimateInputTokens: () => number;
}

/** A call whose cost is to be admitted. */
interface CostedCall {
  readonly access: Pick<AccessContext, 'requestId' | 'attribution'>;
  readonly group: ModelGroup;
  readonly settings: Pick<Settings, 'spend'>;
  readonly size: CallSize;
  /** The price of output tokens must be known as well. */
  readonly billsOutput: boolean;
}

/** The size of a call of which only the model is known. Its bounds are the default reservation. */
export const UNKNOWN_SIZE: CallSize = {
  bodyBytes: nothing,
  outputTokensBound: null,
  serviceTier: null,
  estimateInputTokens: nothing,
};

/** Returns the size of a planned call. A request for the usage of a stream counts, also where it is left out later. */
export function sizeOf({ endpoint, request, bodies }: PlannedCall): CallSize {
  const { maxOutputTokens, choices, serviceTier } = request;
  return {
    bodyBytes: (deployment) => bodies.of(deployment, true).bytes.length,
    outputTokensBound: maxOutputTokens === null ? null : maxOutputTokens * choices,
    serviceTier,
    estimateInputTokens: () => endpoint.estimateInput(request.scan),
  };
}

/** Returns what is asked of the cost admission for a call: the bounds of all deployments that it may try. */
export function costRequestOf(
  { access, group, settings, size, billsOutput }: CostedCall,
  priceBook: Pick<PriceBook, 'find'>,
): CostRequest {
  const { outputTokensBound, serviceTier } = size;
  const { defaultReservationUsd } = settings.spend;
  const bounds = new Map<DeploymentSettings, PicoUsd>();
  const unpriced = new Set<DeploymentSettings>();
  let leastPico = 0n;
  for (const deployment of group.deployments) {
    const prices = priceBook.find(deployment);
    const inputTokensBound = size.bodyBytes(deployment);
    const basis = { prices, inputTokensBound, outputTokensBound, serviceTier };
    bounds.set(deployment, reservationOf({ ...basis, defaultReservationUsd }));
    const least = reservationOf({
      ...basis,
      outputTokensBound: outputTokensBound ?? 0,
      defaultReservationUsd,
    });
    if (least > leastPico) leastPico = least;
    if (!isPricedAtAll(prices, billsOutput)) unpriced.add(deployment);
  }
  return {
    requestId: access.requestId,
    attribution: access.attribution,
    modelGroup: group.name,
    bounds,
    // What has a price may cost something, however little its input is known to be.
    leastPico: leastPico > 0n ? leastPico : 1n,
    unpriced,
    outputTokensBound,
    estimateInputTokens: size.estimateInputTokens,
  };
}

function nothing(): number {
  return 0;
}
