import { matchesWildcard, memoizeByString } from '#libs/common';
import { wildcardsByLength } from './model-pattern.js';

/** The names of one configuration. */
export interface ConfiguredNames {
  readonly deployments: readonly { readonly id: string; readonly modelGroup: string }[];
  readonly omittedDeployments?: readonly { readonly modelGroup: string }[];
  readonly router: { readonly aliases: readonly NameAlias[] };
}

/** Another name of a model group. */
interface NameAlias {
  readonly name: string;
  readonly model: string;
}

/** What a name leads to. */
export interface NamedGroup {
  /** The group as the configuration writes it, a wildcard group with its stars. */
  readonly group: string;
  /** The name that the group is served under: its own, or the requested one under a wildcard group. */
  readonly name: string;
  /** The name by which a list grants it: the requested one, of a deployment that of its group. */
  readonly grantedAs: string;
  /** The one deployment that an id names; `null` for a name of a group. */
  readonly deploymentId: string | null;
}

/**
 * The only reading of the names that clients put into `model`, for routing and for grants alike. An alias wins over a group of
 * its name, a group over the id of a deployment, and an id over a wildcard group. Of several wildcard groups the one with the
 * most literal characters wins. The target of an alias is a group and no further alias.
 */
export class ModelNames {
  /** Names of groups in the order of the configuration. */
  readonly groups: readonly string[];
  private readonly exact: ReadonlySet<string>;
  private readonly wildcards: readonly string[];
  private readonly aliases: ReadonlyMap<string, string>;
  private readonly groupsOfIds: ReadonlyMap<string, string>;
  private readonly underWildcard = memoizeByString((model) => this.matchWildcard(model));

  constructor({ deployments, omittedDeployments = [], router }: ConfiguredNames) {
    const omitted = omittedDeployments.map(({ modelGroup }) => modelGroup);
    this.exact = new Set([...omitted, ...deployments.map(({ modelGroup }) => modelGroup)]);
    this.groups = [...this.exact];
    this.wildcards = wildcardsByLength(this.groups);
    this.aliases = new Map(router.aliases.map(({ name, model }) => [name, model]));
    // A deployment of a wildcard group serves no model by itself.
    const single = deployments.filter(({ modelGroup }) => !modelGroup.includes('*'));
    this.groupsOfIds = new Map(single.map(({ id, modelGroup }) => [id, modelGroup]));
  }

  /**
   * Returns what a name leads to; `null` for nothing.
   * @param model the name that a client asks for
   */
  find(model: string): NamedGroup | null {
    const target = this.aliases.get(model);
    if (target === undefined) return this.groupOf(model);
    const found = this.groupOf(target);
    return found === null ? null : { ...found, grantedAs: model };
  }

  private groupOf(model: string): NamedGroup | null {
    if (this.exact.has(model)) return named(model, model);
    const ofId = this.groupsOfIds.get(model);
    if (ofId !== undefined) return { ...named(ofId, ofId), deploymentId: model };
    return this.underWildcard(model);
  }

  private matchWildcard(model: string): NamedGroup | null {
    const group = this.wildcards.find((pattern) => matchesWildcard(pattern, model));
    return group === undefined ? null : named(group, model);
  }
}

function named(group: string, name: string): NamedGroup {
  return { group, name, grantedAs: name, deploymentId: null };
}
