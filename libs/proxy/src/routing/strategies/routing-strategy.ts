import type { PicoUsd } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';

/** What is known of the deployments of a group when one is chosen for a call. */
export interface RoutingFacts {
  /** Chance: 0 ≤ x < 1, another one each time. */
  readonly random: () => number;
  /** Attempts that run at a deployment now, at this replica. */
  readonly inFlight: (deployment: DeploymentSettings) => number;
  /** Average latency of such calls; `null` where none was measured lately. */
  readonly latencyMs: (deployment: DeploymentSettings) => number | null;
  /** `routing_strategy_args.lowest_latency_buffer`. */
  readonly latencyBuffer: number;
  /** Tokens of the last minute. */
  readonly tokensInMinute: (deployment: DeploymentSettings) => number;
  /** What the call would cost; `null` where the price is not known. */
  readonly costPico: (deployment: DeploymentSettings) => PicoUsd | null;
}

/**
 * Chooses one of several deployments, none of which is left out. Pure but for chance.
 * @param candidates at least one
 */
export type RoutingStrategy = (
  candidates: readonly DeploymentSettings[],
  facts: RoutingFacts,
) => DeploymentSettings | null;
