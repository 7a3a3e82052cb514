import type { AccessContext, ModelRegion } from '#libs/access';
import { GatehouseError } from '#libs/common';
import type { Settings } from '#libs/config';
import { modelRegistryOf, type ModelGroup } from './model-registry.js';

/** What decides which deployments serve the end user of a call. */
type EndUserAccess = Pick<AccessContext, 'endUserModels' | 'models'>;

/**
 * Returns the group that serves a call for its end user: the one that the call asks for with its deployments in the region of the
 * end user, else the default model of the end user with its deployments there.
 * @param group what the call asks for; the caller may use it
 * @throws GatehouseError `model_not_allowed` when no deployment is in the region, or the caller may not use the default model
 */
export function groupForEndUser(
  group: ModelGroup,
  { endUserModels, models }: EndUserAccess,
  settings: Settings,
): ModelGroup {
  if (endUserModels === null) return group;
  const { region, defaultModel } = endUserModels;
  const own = within(group, region);
  if (own.deployments.length > 0) return own;
  const found = defaultModel === null ? null : modelRegistryOf(settings).find(defaultModel);
  const instead = found === null ? own : within(found, region);
  if (instead.deployments.length === 0)
    throw notAllowed(
      `No deployment of this model is in region ${region}, where the calls of this end user have to stay.`,
    );
  // The end user is named by the caller, and gives it no model.
  if (!models.mayUse(instead.name))
    throw notAllowed('The default model of this end user is not granted to the caller.');
  return instead;
}

/**
 * Lets a call go to a place outside the model list, whose region is not known.
 * @throws GatehouseError `model_not_allowed` for an end user whose calls have to stay in a region
 */
export function requireAnyRegion({ endUserModels }: Pick<AccessContext, 'endUserModels'>): void {
  if (endUserModels === null) return;
  throw notAllowed(
    `The calls of this end user have to stay in region ${endUserModels.region}, which is not known of this route.`,
  );
}

function within(group: ModelGroup, region: ModelRegion): ModelGroup {
  return { ...group, deployments: group.deployments.filter((one) => one.region === region) };
}

function notAllowed(message: string): GatehouseError {
  return new GatehouseError('model_not_allowed', { message, param: 'model' });
}
