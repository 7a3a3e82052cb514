import type { Attribution } from '#libs/access';
import type { PicoUsd } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';

/** Who a request counts against. */
export interface CountedRequest {
  /** Its key, user, team, organisation and end user. */
  readonly attribution: Attribution;
  /** Each once; see `requestTagsOf`. */
  readonly tags: readonly string[];
}

/** A planned request, with everything on which its admission may depend. */
export interface CostRequest extends CountedRequest {
  /** Ours, as in `x-request-id`. */
  readonly requestId: string;
  /** The name that the client asked for. */
  readonly modelGroup: string;
  /** Every deployment that may be tried, with the upper bound of the cost of one attempt at it. */
  readonly bounds: ReadonlyMap<DeploymentSettings, PicoUsd>;
  /** What has to be held at least: the dearest bound, or where the output has none that of the input alone. */
  readonly leastPico: PicoUsd;
  /** Those of them whose price is not known. Nothing is held for an attempt there, and it is booked as 0. */
  readonly unpriced: ReadonlySet<DeploymentSettings>;
  /** Upper bound of the whole output in tokens; `null` when the request sets none, so that the bounds are a default. */
  readonly outputTokensBound: number | null;
  /** Estimates the tokens of the input. Looks into the messages, so that only those who need it ask. */
  readonly estimateInputTokens: () => number;
}

/** Returns the upper bound of the cost of the dearest attempt. */
export function dearestBound({ bounds }: Pick<CostRequest, 'bounds'>): PicoUsd {
  let dearest = 0n;
  for (const one of bounds.values()) if (one > dearest) dearest = one;
  return dearest;
}
