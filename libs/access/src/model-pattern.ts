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
 * Tells whether a pattern covers the whole of a name. Each `*` matches any string, also an empty one
 * and one with slashes; every other character is literal. The literal parts are searched once, from
 * left to right, so there is no backtracking (threat A13).
 */
export function matchesWildcard(pattern: string, name: string): boolean {
  const pieces = pattern.split('*');
  const first = pieces[0] ?? '';
  if (pieces.length === 1) return pattern === name;
  const last = pieces.at(-1) ?? '';
  if (name.length < first.length + last.length) return false;
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  const end = name.length - last.length;
  let position = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = name.indexOf(piece, position);
    if (found === -1 || found + piece.length > end) return false;
    position = found + piece.length;
  }
  return true;
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
