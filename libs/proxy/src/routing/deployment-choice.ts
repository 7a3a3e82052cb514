import type { DeploymentSettings } from '#libs/config';
import type { RoutingFacts, RoutingStrategy } from './strategies/routing-strategy.js';

/** How one of several deployments is chosen. */
export interface ChoiceRules {
  readonly strategy: RoutingStrategy;
  readonly facts: RoutingFacts;
  /** Whether a deployment is left out now. */
  readonly isLeftOut: (deployment: DeploymentSettings) => boolean;
}

/**
 * Returns the deployment that a strategy chooses among those of the lowest order that are not left out; `null` when all are.
 * @param candidates what may be chosen
 */
export function chooseDeployment(
  candidates: readonly DeploymentSettings[],
  { strategy, facts, isLeftOut }: ChoiceRules,
): DeploymentSettings | null {
  const open = candidates.filter((one) => !isLeftOut(one));
  const [only, second] = open;
  return second === undefined ? (only ?? null) : strategy(firstTier(open), facts);
}

/** Deployments without an order come last. */
function firstTier(deployments: readonly DeploymentSettings[]): readonly DeploymentSettings[] {
  const orderOf = ({ order }: DeploymentSettings): number => order ?? Infinity;
  const lowest = Math.min(...deployments.map(orderOf));
  return deployments.filter((one) => orderOf(one) === lowest);
}
