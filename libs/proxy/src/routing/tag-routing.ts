import { GatehouseError } from '#libs/common';
import type { DeploymentFilters, DeploymentSettings } from '#libs/config';

/** The tag of deployments that serve what no other deployment serves. */
const DEFAULT_TAG = 'default';

/**
 * Returns the deployments that serve the tags of a call, as LiteLLM's tag routing chooses them: with tags those that have one of
 * them (or all), else those with the tag `default`; without tags those with `default`, else all.
 * @param stated tags of the call: those that its key and its team set, and those that its client states. The configured prefix of a tag
 * is taken off
 */
export function taggedDeployments(
  deployments: readonly DeploymentSettings[],
  stated: readonly string[],
  { tags: match, tagPrefix }: DeploymentFilters,
): readonly DeploymentSettings[] {
  if (match === null) return deployments;
  const tags = stated.map((tag) => (tag.startsWith(tagPrefix) ? tag.slice(tagPrefix.length) : tag));
  const defaults = deployments.filter((one) => one.tags.includes(DEFAULT_TAG));
  if (tags.length === 0) return defaults.length > 0 ? defaults : deployments;
  const fitting = deployments.filter((one) =>
    match === 'any'
      ? tags.some((tag) => one.tags.includes(tag))
      : tags.every((tag) => one.tags.includes(tag)),
  );
  return fitting.length > 0 ? fitting : defaults;
}

/** Returns the refusal of a call whose tags no deployment serves. */
export function tagRefusal(): GatehouseError {
  return new GatehouseError('model_not_allowed', {
    message: 'No deployment of this model serves the tags of this call.',
    param: 'model',
  });
}
