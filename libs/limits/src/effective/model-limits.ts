import { wildcardsByLength } from '#libs/access';
import { matchesWildcard } from '#libs/common';
import { modelSpellings, type CostRequest } from '#libs/spend';

/** The model of a request: its model group, and the deployments that may serve it. */
export type RequestedModel = Pick<CostRequest, 'modelGroup' | 'bounds'>;

/**
 * Returns the most specific of some names of models that cover a request; `null` when none does. That is the first of the
 * spellings of its model that is among them, else the name with wildcards that covers a spelling and has the most literal
 * characters. Limits of money and of rates choose by it.
 */
export function mostSpecificName(names: readonly string[], model: RequestedModel): string | null {
  const { modelGroup, bounds } = model;
  if (names.length === 0) return null;
  if (names.includes(modelGroup)) return modelGroup;
  const spellings = modelSpellings(modelGroup, bounds.keys());
  const own = spellings.find((spelling) => names.includes(spelling));
  if (own !== undefined) return own;
  const covers = (pattern: string): boolean =>
    spellings.some((spelling) => matchesWildcard(pattern, spelling));
  return wildcardsByLength(names).find(covers) ?? null;
}

/** Tells whether one of some names covers the model of a request. */
export function coversModel(names: readonly string[], model: RequestedModel): boolean {
  return mostSpecificName(names, model) !== null;
}
