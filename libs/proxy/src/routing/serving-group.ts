import type { AccessContext } from '#libs/access';
import { GatehouseError, isGatehouseError } from '#libs/common';
import type { DeploymentSettings, Settings } from '#libs/config';
import { BY_ANYTHING, type Billing, type PriceBook } from '#libs/spend';
import { groupForEndUser } from './end-user-group.js';
import type { SpokenOperation } from '../dialects/dialect-table.js';
import { allLeftOut, getCallableGroup, groupOffering } from './model-groups.js';
import type { ModelGroup } from './model-registry.js';
import { tagRefusal, taggedDeployments } from './tag-routing.js';

/** The facts of an operation that decide where it can be called. */
interface ServedOperation extends SpokenOperation {
  /** Which prices must be known. */
  readonly billing: Billing;
}

/** What decides which deployments of a group may serve a call. */
export interface ServiceTerms {
  readonly access: Pick<AccessContext, 'endUserModels' | 'models' | 'tags'>;
  readonly settings: Settings;
  /** `null` for every operation. */
  readonly endpoint: ServedOperation | null;
  /** Counts the tokens of the input; looks into the messages. `null` where they are not known. */
  readonly inputTokens: (() => number) | null;
}

/**
 * Returns a group with the deployments that may serve a call: those that have its operation, those for its tags, in the region of its end user, with a known
 * price where that is demanded, and with a context that holds the input.
 * @param group what the call asks for; the caller may use it
 * @returns the error where no deployment may, for want of one, of one with the operation, of one for its tags, or of a large enough
 * one: another model may serve the call
 * @throws GatehouseError `model_not_allowed`, `price_unknown`
 */
export function servingGroup(
  group: ModelGroup,
  terms: ServiceTerms,
  priceBook: Pick<PriceBook, 'find' | 'contextTokens'>,
): ModelGroup | GatehouseError {
  if (group.deployments.length === 0) return allLeftOut();
  const { access, settings, endpoint } = terms;
  const offering = endpoint === null ? group : groupOffering(group, endpoint);
  if (isGatehouseError(offering)) return offering;
  const { deployments } = offering;
  const billing = endpoint?.billing ?? BY_ANYTHING;
  const tagged = taggedDeployments(deployments, access.tags, settings.router.filters);
  if (tagged.length === 0) return tagRefusal();
  const within = groupForEndUser(withDeployments(group, tagged), access, settings);
  const callable = getCallableGroup(within, { settings, billing }, priceBook);
  const large = largeEnough(callable.deployments, terms, priceBook);
  return large.length === 0
    ? new GatehouseError('context_window_exceeded')
    : withDeployments(callable, large);
}

function largeEnough(
  deployments: readonly DeploymentSettings[],
  { settings, inputTokens }: ServiceTerms,
  priceBook: Pick<PriceBook, 'contextTokens'>,
): readonly DeploymentSettings[] {
  if (inputTokens === null || !settings.router.filters.isContextChecked) return deployments;
  const bounded = deployments.map((one) => priceBook.contextTokens(one));
  if (bounded.every((bound) => bound === null)) return deployments;
  const needed = inputTokens();
  return deployments.filter((_one, index) => needed <= (bounded[index] ?? Infinity));
}

function withDeployments(
  group: ModelGroup,
  deployments: readonly DeploymentSettings[],
): ModelGroup {
  return deployments.length === group.deployments.length ? group : { ...group, deployments };
}
