import { aliasedModel, type AccessContext } from '#libs/access';
import { captureWildcards, fillWildcards, GatehouseError, isGatehouseError } from '#libs/common';
import type { Settings } from '#libs/config';
import type { PriceBook } from '#libs/spend';
import { getGroup } from '../routing/model-groups.js';
import { modelRegistryOf, type ModelGroup } from '../routing/model-registry.js';
import { servingGroup } from '../routing/serving-group.js';

/** What decides which models a caller may use. */
export type ModelCaller = Pick<AccessContext, 'models' | 'endUserModels' | 'ownTags'>;

/** What decides whether a model can be called at all. */
export interface GroupTerms {
  readonly settings: Settings;
  readonly priceBook: Pick<PriceBook, 'find' | 'contextTokens'>;
}

/** What decides which models can be called at all. */
export interface ModelTerms extends GroupTerms {
  readonly priceBook: Pick<PriceBook, 'find' | 'contextTokens' | 'listedNames'>;
}

/**
 * Returns the group that serves a model for a caller, by the functions that the relay itself uses: the lists of models of the
 * caller, the region of its end user, the tags of its key and team, and prices where unpriced models are denied. `null` where a call would be refused for
 * its model.
 * @param model the name that a client would put into `model`
 */
export function callableGroup(
  model: string,
  caller: ModelCaller,
  { settings, priceBook }: GroupTerms,
): ModelGroup | null {
  const served = aliasedModel(model, caller.models.aliases);
  if (!caller.models.mayUse(served)) return null;
  try {
    const { models, endUserModels, ownTags: tags } = caller;
    const access = { models, endUserModels, tags };
    const terms = { access, settings, endpoint: null, inputTokens: null };
    const group = servingGroup(getGroup(served, settings), terms, priceBook);
    return isGatehouseError(group) ? null : group;
  } catch (error) {
    if (isGatehouseError(error)) return null;
    throw error;
  }
}

/**
 * As {@link callableGroup}.
 * @throws GatehouseError `not_found` where there is none, so that a caller does not learn which others exist
 */
export function requireCallableGroup(
  model: string,
  caller: ModelCaller,
  terms: GroupTerms,
): ModelGroup {
  const group = callableGroup(model, caller, terms);
  if (group !== null) return group;
  throw new GatehouseError('not_found', { message: 'There is no such model.', param: 'model' });
}

/** A model that a caller may use, by the name that it would put into `model`. */
export interface CallableModel {
  readonly name: string;
  readonly group: ModelGroup;
}

/**
 * Returns the models that a caller may use, each once and in the order of the configuration. A wildcard group gives the models
 * of the price list that it covers at the provider's own address; behind them are the models below wildcard groups that a list
 * of the caller names. Aliases of the caller are last.
 */
export function callableModels(caller: ModelCaller, terms: ModelTerms): readonly CallableModel[] {
  const registry = modelRegistryOf(terms.settings);
  const configured = registry.names.flatMap((name) =>
    name.includes('*') ? expansionsOf(name, terms) : [name],
  );
  const { named = [], aliases = {} } = caller.models;
  const names = [...configured, ...named, ...Object.keys(aliases)];
  return [...new Set(names)].flatMap((name) => {
    const group = callableGroup(name, caller, terms);
    return group === null ? [] : [{ name, group }];
  });
}

/** Returns the wildcard groups below which a caller may use every name. */
export function callableWildcards(
  caller: ModelCaller,
  { settings }: Pick<ModelTerms, 'settings'>,
): readonly string[] {
  const { names } = modelRegistryOf(settings);
  return names.filter((name) => name.includes('*') && caller.models.mayUse(name));
}

/** Returns the access groups of which a caller may use every model. */
export function usableAccessGroups(
  caller: ModelCaller,
  { settings }: Pick<ModelTerms, 'settings'>,
): readonly string[] {
  const isUsable = new Map<string, boolean>();
  for (const { modelGroup, accessGroups } of settings.deployments)
    for (const name of accessGroups)
      isUsable.set(name, isUsable.get(name) !== false && caller.models.mayUse(modelGroup));
  return [...isUsable].flatMap(([name, usable]) => (usable ? [name] : []));
}

/** The names below a wildcard group that lead to a model of the price list. */
function expansionsOf(pattern: string, { settings, priceBook }: ModelTerms): readonly string[] {
  const deployments = modelRegistryOf(settings).find(pattern)?.deployments ?? [];
  return deployments.flatMap((deployment) =>
    priceBook.listedNames(deployment).flatMap((model) => {
      const captured = captureWildcards(deployment.upstreamModel, model);
      const name = captured === null ? pattern : fillWildcards(pattern, captured);
      return name.includes('*') ? [] : [name];
    }),
  );
}
