import { GatehouseError } from '#libs/common';
import type { DeploymentStatesService } from './deployment-states.service.js';
import type { ModelGroup } from './model-registry.js';

/** What tells whether a deployment is left out. */
type CoolDowns = Pick<DeploymentStatesService, 'coolDownOf'>;

/** Returns why deployments of a group are left out now, a phrase for each. */
export function leftOutOf({ deployments }: ModelGroup, states: CoolDowns): string[] {
  return deployments.flatMap((one) => {
    const coolDown = states.coolDownOf(one);
    if (coolDown === null) return [];
    const seconds = String(Math.ceil(coolDown.leftMs / 1_000));
    return [`${one.id} is left out for ${seconds} s after a failure (${coolDown.failure})`];
  });
}

/**
 * Returns the refusal of a call when every deployment of its group is left out after failures, with the time until the first one
 * is not; else `null`.
 */
export function refusalOfLeftOut(
  { deployments }: ModelGroup,
  states: CoolDowns,
): GatehouseError | null {
  const coolDowns = deployments.flatMap((one) => states.coolDownOf(one) ?? []);
  if (coolDowns.length === 0 || coolDowns.length < deployments.length) return null;
  return unavailableFor(Math.min(...coolDowns.map(({ leftMs }) => leftMs)));
}

/** Returns the refusal of a call for which no deployment is there, with the time after which one may be. */
export function unavailableFor(leftMs: number): GatehouseError {
  return new GatehouseError('no_deployment_available', {
    retryAfterSeconds: Math.max(1, Math.ceil(leftMs / 1_000)),
  });
}
