import type { DeploymentSettings } from '#libs/config';
import type { PriceBook } from '#libs/spend';
import { sizeBounds, sizeFactsOf, type SizeBounds } from '../endpoints/request/size-facts.js';
import type { PlannedCall } from './relay-call.js';

/** The facts of a call that bound its cost. */
export interface CallSize {
  /**
   * Returns the bounds of one attempt at a deployment.
   * @param outputLimit tokens of one choice, in place of those that the request asks for; `null` for those
   */
  boundsAt(
    deployment: DeploymentSettings,
    priceBook: Pick<PriceBook, 'contextTokens'>,
    outputLimit?: number | null,
  ): SizeBounds;
  /** Tokens that the request asks for in one choice at most; `null` where it sets no bound. */
  readonly maxOutputTokens: number | null;
  /** Upper bound of the whole output in tokens; `null` when the request sets none. */
  readonly outputTokensBound: number | null;
  /** The price class that the client asked for; `null` leaves it to the upstream. */
  readonly serviceTier: string | null;
  /** Estimates the tokens of the input. */
  readonly estimateInputTokens: () => number;
}

/** The size of a call whose cost does not depend on its content. */
export const FIXED_SIZE: CallSize = {
  boundsAt: noTokens,
  maxOutputTokens: 0,
  outputTokensBound: 0,
  serviceTier: null,
  estimateInputTokens: nothing,
};

/** The size of a call of which only the model is known. Its bounds are the default reservation. */
export const UNKNOWN_SIZE: CallSize = {
  boundsAt: unknownBounds,
  maxOutputTokens: null,
  outputTokensBound: null,
  serviceTier: null,
  estimateInputTokens: nothing,
};

/** Returns the size of a planned call. A request for the usage of a stream counts, also where it is left out later. */
export function sizeOf({
  endpoint,
  request,
  bodies,
}: Pick<PlannedCall, 'endpoint' | 'request' | 'bodies'>): CallSize {
  const { maxOutputTokens, wholeOutputTokens, choices, serviceTier, scan } = request;
  const facts = sizeFactsOf(endpoint, request);
  const boundsAt: CallSize['boundsAt'] = (deployment, priceBook, outputLimit = null) => {
    const limited = outputLimit === null ? facts : { ...facts, maxOutputTokens: outputLimit };
    const bytes = bodies.of(deployment, true).bytes.length;
    return sizeBounds({ ...limited, bytes }, { deployment, priceBook });
  };
  return {
    boundsAt,
    maxOutputTokens,
    outputTokensBound: maxOutputTokens === null ? wholeOutputTokens : maxOutputTokens * choices,
    serviceTier,
    estimateInputTokens: () => endpoint.estimateInput(scan),
  };
}

function unknownBounds(): SizeBounds {
  return { inputTokensBound: 0, outputTokensBound: null };
}

function noTokens(): SizeBounds {
  return { inputTokensBound: 0, outputTokensBound: 0 };
}

function nothing(): number {
  return 0;
}
