/** Names that a client may put into `model`, each with the name that counts in its place. */
export type ModelAliases = Readonly<Record<string, string>>;

/** Who may have aliases, in the order in which they apply. */
export interface AliasHolders {
  /** Those of the team; left out for none. */
  readonly team?: ModelAliases | undefined;
  /** Those of the virtual key; left out for none. */
  readonly key?: ModelAliases | undefined;
}

/**
 * Returns the name that counts in the place of another, one step on.
 * @param model the name that a client asks for
 * @param aliases left out for none
 */
export function aliasedModel(model: string, aliases: ModelAliases | undefined): string {
  if (aliases === undefined || !Object.hasOwn(aliases, model)) return model;
  return aliases[model] ?? model;
}

/**
 * Returns the aliases of a caller as one table: those of its team, and then those of its key, as LiteLLM applies them. An alias of the
 * key may so lead on from an alias of the team. `undefined` for none.
 */
export function aliasesOfCaller({ team, key }: AliasHolders): ModelAliases | undefined {
  if (team === undefined) return key;
  if (key === undefined) return team;
  const led = Object.entries(team).map(
    ([name, model]) => [name, aliasedModel(model, key)] as const,
  );
  return Object.fromEntries([...Object.entries(key), ...led]);
}
