import { ModelNames, type NamedGroup } from '#libs/access';
import { captureWildcards, fillWildcards, memoizeByObject, memoizeByString } from '#libs/common';
import type { DeploymentSettings, Settings } from '#libs/config';

/** A model group that a name led to. */
export interface ModelGroup {
  /** The public name: the group's own, or the requested one under a wildcard group. */
  readonly name: string;
  /** The name by which lists of models grant it: the requested one, of a deployment's id that of its group. */
  readonly grantedAs: string;
  /** The group as the configuration writes it, a wildcard group with its stars. */
  readonly configuredAs: string;
  /** What tells it from others: its name, or the id of its one deployment. */
  readonly key: string;
  /** Deployments that serve it; empty when all were left out for want of a variable. */
  readonly deployments: readonly DeploymentSettings[];
}

/** The part of a configuration that names model groups. */
type ConfiguredGroups = Pick<Settings, 'deployments' | 'omittedDeployments'> & {
  readonly router: Pick<Settings['router'], 'aliases'>;
};

/** The model groups of one configuration, found by the names of {@link ModelNames}. */
export class ModelRegistry {
  private readonly members = new Map<string, readonly DeploymentSettings[]>();
  private readonly models: ModelNames;
  private readonly aliases: readonly string[];
  private readonly found = memoizeByString((model) => this.lookUp(model));

  /** @param settings one frozen configuration; a reload makes a new registry */
  constructor(settings: ConfiguredGroups) {
    this.models = new ModelNames(settings);
    this.aliases = settings.router.aliases.filter((one) => !one.isHidden).map(({ name }) => name);
    for (const name of this.models.groups)
      this.members.set(
        name,
        settings.deployments.filter(({ modelGroup }) => modelGroup === name),
      );
  }

  /**
   * Names of the groups in the order of the file, wildcard groups as they are written, then aliases that are not hidden. Groups
   * without deployments are left out.
   */
  get names(): readonly string[] {
    const all = new Set([...this.models.groups, ...this.aliases]);
    return [...all].filter((name) => (this.find(name)?.deployments.length ?? 0) > 0);
  }

  /**
   * The group of a name; `null` when there is none.
   * @param model name that a client asks for: of a group, an alias, or the id of a deployment
   */
  find(model: string): ModelGroup | null {
    return this.found(model);
  }

  private lookUp(model: string): ModelGroup | null {
    const named = this.models.find(model);
    if (named === null) return null;
    const { name, grantedAs, group, deploymentId } = named;
    const all = this.members.get(group) ?? [];
    const deployments =
      deploymentId === null ? filled(all, named) : all.filter(({ id }) => id === deploymentId);
    return { name, grantedAs, configuredAs: group, key: deploymentId ?? name, deployments };
  }
}

/** Returns a group that no configuration names. */
export function standaloneGroup({
  name,
  deployments,
}: Pick<ModelGroup, 'name' | 'deployments'>): ModelGroup {
  return { name, grantedAs: name, configuredAs: name, key: name, deployments };
}

/** The deployments of a group, those of a wildcard group with what its stars stand for. */
function filled(
  deployments: readonly DeploymentSettings[],
  { group, name }: NamedGroup,
): readonly DeploymentSettings[] {
  const captured = name === group ? null : captureWildcards(group, name);
  if (captured === null) return deployments;
  return deployments.map((deployment) => ({
    ...deployment,
    upstreamModel: fillWildcards(deployment.upstreamModel, captured),
  }));
}

/** The registry of a configuration, built at its first use. */
export const modelRegistryOf = memoizeByObject((settings: Settings) => new ModelRegistry(settings));
