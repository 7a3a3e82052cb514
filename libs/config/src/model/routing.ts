/** The fallback models of one model group. */
export interface FallbackEntry {
  /** Public name of the group; `*` is every group without an entry of its own. */
  readonly model: string;
  /** Names of groups, or ids of deployments, in the order in which they are tried. */
  readonly fallbacks: readonly string[];
}

/** What serves a call that its model group did not serve. */
export interface FallbackSettings {
  /** After a failure that another upstream may not have; `default_fallbacks` are its last entry. */
  readonly general: readonly FallbackEntry[];
  /** After a refusal because of the length of the input alone. */
  readonly contextWindow: readonly FallbackEntry[];
  /** After a refusal because of the content alone. */
  readonly contentPolicy: readonly FallbackEntry[];
  /** Most model groups that are tried after the first. Default 5. */
  readonly most: number;
}

/** Another name of a model group. */
export interface ModelAlias {
  readonly name: string;
  /** Name of the group that serves it. */
  readonly model: string;
  /** Whether lists of models leave it out. */
  readonly isHidden: boolean;
}

/** What leaves deployments of a model group out for a call. */
export interface DeploymentFilters {
  /** How the tags of a call and of a deployment have to meet; `null` where tags do not count. */
  readonly tags: 'any' | 'all' | null;
  /** What is taken off the start of tags of a call; empty for nothing. */
  readonly tagPrefix: string;
  /** Whether the context of the model has to hold the input. */
  readonly isContextChecked: boolean;
}
