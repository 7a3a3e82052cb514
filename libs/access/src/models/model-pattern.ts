import { matchesWildcard } from '#libs/common';

/** What a list of models is compared with besides the requested name. */
export interface ModelFacts {
  /** Access groups that the model belongs to. */
  readonly accessGroups: readonly string[];
}

/** Entry that grants every model. */
const ALL_PROXY_MODELS = 'all-proxy-models';

/** Entry that takes away every grant of its list (LiteLLM: no models by default). */
export const NO_DEFAULT_MODELS = 'no-default-models';

/** Entry of a virtual key's list that stands for the models of its team. */
export const ALL_TEAM_MODELS = 'all-team-models';

const SEVERAL: ReadonlySet<string> = new Set([
  ALL_PROXY_MODELS,
  NO_DEFAULT_MODELS,
  ALL_TEAM_MODELS,
]);

const NO_FACTS: ModelFacts = { accessGroups: [] };

/**
 * Tells whether a list of models grants a model.
 *
 * A model is granted by an empty list, `*`, `all-proxy-models`, its exact name, one of its access
 * groups, or an entry with `*` that covers the requested name. The provider and the address of a
 * deployment do not count: a grant of a public provider's models must not open a private server that
 * speaks that provider's protocol. A list with `no-default-models` grants nothing. Comparison is
 * case-sensitive.
 * @param list models of a team, user or organisation
 * @param facts access groups of the model; by default none, as for a model that does not exist
 */
export function mayUseModel(
  list: readonly string[],
  model: string,
  facts: ModelFacts = NO_FACTS,
): boolean {
  if (list.length === 0) return true;
  if (list.includes(NO_DEFAULT_MODELS)) return false;
  return list.some((entry) => grants(entry, model, facts));
}

/**
 * Tells whether an entry of a list of models can be the name of one model. That of an access group can be, too.
 * @param entry of a list of models
 */
export function isSingleModel(entry: string): boolean {
  return !entry.includes('*') && !SEVERAL.has(entry);
}

/**
 * Returns the names that hold `*`, those with the most literal characters first, names of equal length in the given
 * order. The first that covers a requested name is the wildcard group that serves it, for routing and for grants alike.
 * @param names public names of model groups
 */
export function wildcardsByLength(names: readonly string[]): readonly string[] {
  return names
    .filter((name) => name.includes('*'))
    .sort((one, other) => literalLength(other) - literalLength(one));
}

function literalLength(pattern: string): number {
  return pattern.replaceAll('*', '').length;
}

function grants(entry: string, model: string, facts: ModelFacts): boolean {
  if (entry === model || entry === '*' || entry === ALL_PROXY_MODELS) return true;
  if (facts.accessGroups.includes(entry)) return true;
  return entry.includes('*') && matchesWildcard(entry, model);
}
