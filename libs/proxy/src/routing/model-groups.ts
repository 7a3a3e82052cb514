import { GatehouseError } from '#libs/common';
import type { DeploymentSettings, Settings } from '#libs/config';
import { isPricedAtAll, type Billing, type PriceBook } from '#libs/spend';
import { offers, type SpokenOperation } from '../dialects/dialect-table.js';
import { modelRegistryOf, type ModelGroup } from './model-registry.js';

/**
 * The group that a model is served by.
 * @param model name that a client asks for
 * @param settings the configuration of the moment
 * @throws GatehouseError `model_unknown`
 */
export function getGroup(model: string, settings: Settings): ModelGroup {
  const group = modelRegistryOf(settings).find(model);
  if (group === null) throw new GatehouseError('model_unknown', { param: 'model' });
  return group;
}

/** The configuration, and what the endpoint needs to know of prices. */
export interface CallTerms {
  readonly settings: Pick<Settings, 'spend'>;
  /** Which prices must be known. */
  readonly billing: Billing;
}

/**
 * A group with those of its deployments that may be called.
 * @param group the group that a call asks for
 * @param terms what decides whether a deployment may be called
 * @param priceBook prices, for `gatehouse.spend.unpriced_models: deny`
 * @throws GatehouseError `no_deployment_available`, `price_unknown`
 */
export function getCallableGroup(
  group: ModelGroup,
  { settings: { spend }, billing }: CallTerms,
  priceBook: Pick<PriceBook, 'find'>,
): ModelGroup {
  if (group.deployments.length === 0) throw allLeftOut();
  if (spend.unpricedModels !== 'deny') return group;
  const deployments = group.deployments.filter((one) => isPriced(one, billing, priceBook));
  if (deployments.length === 0)
    throw new GatehouseError('price_unknown', { param: 'model', isByLimit: true });
  return { ...group, deployments };
}

/** Returns the error for a group whose deployments were all left out at the start, so that waiting does not help. */
export function allLeftOut(): GatehouseError {
  return new GatehouseError('no_deployment_available', {
    message:
      'Every deployment of this model is left out, because the gateway cannot use its configuration. An administrator finds the reason in the warnings of the start.',
  });
}

/** Returns those deployments of a group whose upstreams have an operation, and the error where none does: another model may have it. */
export function groupOffering(
  group: ModelGroup,
  operation: SpokenOperation,
): ModelGroup | GatehouseError {
  const deployments = group.deployments.filter((one) => offers(one, operation));
  if (deployments.length === group.deployments.length) return group;
  if (deployments.length > 0) return { ...group, deployments };
  return new GatehouseError('operation_unsupported', {
    message: `The requested model is not served at ${operation.route}: the upstreams of its deployments do not have that operation in the form of this API.`,
    param: 'model',
  });
}

function isPriced(
  deployment: DeploymentSettings,
  billing: Billing,
  priceBook: Pick<PriceBook, 'find'>,
): boolean {
  return isPricedAtAll(priceBook.find(deployment), billing);
}
