import { GatehouseError } from '#libs/common';
import type { DeploymentStatesService } from './deployment-states.service.js';
import type { ModelGroup } from './model-registry.js';

/** What tells whether a deployment is left out. */
type CoolDowns = Pick<DeploymentStatesService, 'coolDownOf'>;

/** Returns true when a call names one deployment by its id, which is then called also after failures. */
export function isNamedById({ key, name, deployments }: ModelGroup): boolean {
  return key !== name && deployments.length === 1 && deployments[0]?.id === key;
}

/** Returns why deployments of a group are left out now, a phrase for each. */
export function leftOutOf(group: ModelGroup, states: CoolDowns): string[] {
  if (isNamedById(group)) return [];
  return group.deployments.flatMap((one) => {
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
export function refusalOfLeftOut(group: ModelGroup, states: CoolDowns): GatehouseError | null {
  if (isNamedById(group)) return null;
  const { deployments } = group;
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
