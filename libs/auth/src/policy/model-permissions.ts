import {
  matchesWildcard,
  mayUseModel,
  NO_DEFAULT_MODELS,
  type ModelFacts,
  type ModelGrant,
} from '#libs/access';
import type { DeploymentSettings } from '#libs/config';
import type { Refusal } from './refusal.js';

/** Whose list of models is consulted, in the order in which a refusal is named. */
export type ModelListHolder = 'team' | 'user' | 'organization';

/** One list of models that a caller is subject to; an empty one restricts nothing. */
export interface ModelList {
  readonly holder: ModelListHolder;
  readonly models: readonly string[];
}

const DENIED_TYPES: Readonly<Record<ModelListHolder, string>> = {
  team: 'team_model_access_denied',
  user: 'user_model_access_denied',
  organization: 'org_model_access_denied',
};

/** What the configured deployments say of each model that clients can name. */
export class ModelCatalogue {
  /** Every public model name, in the order of the configuration. */
  readonly names: readonly string[];
  private readonly factsByName = new Map<string, ModelFacts>();
  private readonly wildcardNames: readonly string[];

  /** @param deployments the configured upstreams */
  constructor(deployments: readonly DeploymentSettings[]) {
    for (const { modelGroup, provider, accessGroups } of deployments) {
      this.factsByName.set(
        modelGroup,
        mergeFacts(this.factsByName.get(modelGroup), { providers: [provider], accessGroups }),
      );
    }
    this.names = [...this.factsByName.keys()];
    this.wildcardNames = this.names.filter((name) => name.includes('*'));
  }

  /**
   * Access groups and providers of a model; those of the model names with `*` that cover it count too.
   * @param model the name that a client asks for
   */
  factsOf(model: string): ModelFacts | undefined {
    const exact = this.factsByName.get(model);
    if (this.wildcardNames.length === 0) return exact;
    return this.wildcardNames
      .filter((name) => name !== model && matchesWildcard(name, model))
      .map((name) => this.factsByName.get(name))
      .reduce((merged, facts) => (facts === undefined ? merged : mergeFacts(merged, facts)), exact);
  }
}

/**
 * The grant that several lists leave together: a model must be granted by each, so the strictest wins (decision
 * 2.18). Whether a deployment of the model exists is not asked, so that a refusal tells nothing about it.
 */
export class ListedModels implements ModelGrant {
  /**
   * @param lists the lists, in the order in which a refusal is named
   * @param catalogue access groups and providers of the models
   */
  constructor(
    private readonly lists: readonly ModelList[],
    private readonly catalogue: ModelCatalogue,
  ) {}

  mayUse(model: string): boolean {
    return this.refusingHolder(model) === null;
  }

  /**
   * Judges one model.
   * @param model the requested name
   * @returns the refusal of the first list that does not grant it, without naming what the list does grant
   */
  judge(model: string): Refusal | null {
    const holder = this.refusingHolder(model);
    if (holder === null) return null;
    return {
      code: 'model_not_allowed',
      detail: `the models of the ${holder} do not include the requested one`,
      configKey: null,
      answer: {
        type: DENIED_TYPES[holder],
        param: 'model',
        message: `The ${holder} of this credential may not use the requested model.`,
      },
    };
  }

  private refusingHolder(model: string): ModelListHolder | null {
    const facts = this.catalogue.factsOf(model);
    const refusing = this.lists.find((list) => !mayUseModel(list.models, model, facts));
    return refusing?.holder ?? null;
  }
}

/**
 * The models of a user as they hold beside a team: `no-default-models` says "none of its own, only through a team"
 * (LiteLLM gives it to users who are to work through teams), so with a team it restricts nothing by itself.
 * @param models list of the user's row
 * @param hasTeam whether the call is made for a team
 */
export function userModelsBesideTeam(
  models: readonly string[],
  hasTeam: boolean,
): readonly string[] {
  if (!hasTeam || !models.includes(NO_DEFAULT_MODELS)) return models;
  return models.filter((entry) => entry !== NO_DEFAULT_MODELS);
}

const catalogues = new WeakMap<readonly DeploymentSettings[], ModelCatalogue>();

/**
 * The catalogue of a list of deployments, built once per list.
 * @param deployments the configured upstreams
 */
export function modelCatalogueOf(deployments: readonly DeploymentSettings[]): ModelCatalogue {
  let catalogue = catalogues.get(deployments);
  if (catalogue === undefined) {
    catalogue = new ModelCatalogue(deployments);
    catalogues.set(deployments, catalogue);
  }
  return catalogue;
}

function mergeFacts(one: ModelFacts | undefined, other: ModelFacts): ModelFacts {
  if (one === undefined) return other;
  return {
    providers: [...new Set([...one.providers, ...other.providers])],
    accessGroups: [...new Set([...one.accessGroups, ...other.accessGroups])],
  };
}
