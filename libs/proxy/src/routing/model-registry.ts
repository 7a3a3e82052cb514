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
  private readonly groups = new Map<string, DeploymentSettings[]>();
  private readonly wildcards: readonly string[];
  private readonly wildcardGroup = memoizeByString((model) => this.matchWildcard(model));

  /** @param settings one frozen configuration; a reload makes a new registry */
  constructor(settings: Pick<Settings, 'deployments' | 'omittedDeployments'>) {
    for (const { modelGroup } of settings.omittedDeployments) this.groups.set(modelGroup, []);
    for (const deployment of settings.deployments) {
      const members = this.groups.get(deployment.modelGroup);
      if (members === undefined) this.groups.set(deployment.modelGroup, [deployment]);
      else members.push(deployment);
    }
    this.wildcards = wildcardsByLength([...this.groups.keys()]);
  }

  /** Names of the groups in the order of the file; wildcard groups stand as they are written. */
  get names(): readonly string[] {
    return [...this.groups.keys()].filter((name) => (this.groups.get(name)?.length ?? 0) > 0);
  }

  /**
   * The group of a name; `null` when there is none.
   * @param model name that a client asks for
   */
  find(model: string): ModelGroup | null {
    const exact = this.groups.get(model);
    return exact === undefined ? this.wildcardGroup(model) : { name: model, deployments: exact };
  }

  private matchWildcard(model: string): ModelGroup | null {
    for (const pattern of this.wildcards) {
      const captured = captureWildcards(pattern, model);
      if (captured === null) continue;
      const deployments = (this.groups.get(pattern) ?? []).map((deployment) => ({
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
