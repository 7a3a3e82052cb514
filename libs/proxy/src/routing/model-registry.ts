import { wildcardsByLength } from '#libs/access';
import { captureWildcards, fillWildcards, memoizeByObject, memoizeByString } from '#libs/common';
import type { DeploymentSettings, Settings } from '#libs/config';

/** A model group that a name led to. */
export interface ModelGroup {
  /** The public name: the group's own, or the requested one under a wildcard group. */
  readonly name: string;
  /** Deployments that serve it; empty when all were left out for want of a variable. */
  readonly deployments: readonly DeploymentSettings[];
}

/**
 * The model groups of one configuration. Exact names win over wildcard groups, and of several wildcard
 * groups the one with the most literal characters wins.
 */
export class ModelRegistry {
  private readonly groups = new Map<string, ModelGroup>();
  private readonly wildcards: readonly string[];
  private readonly wildcardGroup = memoizeByString((model) => this.matchWildcard(model));

  /** @param settings one frozen configuration; a reload makes a new registry */
  constructor(settings: Pick<Settings, 'deployments' | 'omittedDeployments'>) {
    const members = new Map<string, DeploymentSettings[]>();
    for (const { modelGroup } of settings.omittedDeployments) members.set(modelGroup, []);
    for (const deployment of settings.deployments) {
      const others = members.get(deployment.modelGroup);
      if (others === undefined) members.set(deployment.modelGroup, [deployment]);
      else others.push(deployment);
    }
    for (const [name, deployments] of members) this.groups.set(name, { name, deployments });
    this.wildcards = wildcardsByLength([...this.groups.keys()]);
  }

  /** Names of the groups in the order of the file; wildcard groups stand as they are written. */
  get names(): readonly string[] {
    const served = [...this.groups.values()].filter(({ deployments }) => deployments.length > 0);
    return served.map(({ name }) => name);
  }

  /**
   * The group of a name; `null` when there is none.
   * @param model name that a client asks for
   */
  find(model: string): ModelGroup | null {
    return this.groups.get(model) ?? this.wildcardGroup(model);
  }

  private matchWildcard(model: string): ModelGroup | null {
    for (const pattern of this.wildcards) {
      const captured = captureWildcards(pattern, model);
      if (captured === null) continue;
      const deployments = (this.groups.get(pattern)?.deployments ?? []).map((deployment) => ({
        ...deployment,
        upstreamModel: fillWildcards(deployment.upstreamModel, captured),
      }));
      return { name: model, deployments };
    }
    return null;
  }
}

/** The registry of a configuration, built at its first use. */
export const modelRegistryOf = memoizeByObject((settings: Settings) => new ModelRegistry(settings));
