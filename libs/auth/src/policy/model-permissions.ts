import {
  aliasedModel,
  isSingleModel,
  mayUseModel,
  ModelNames,
  NO_DEFAULT_MODELS,
  type ModelAliases,
  type ModelFacts,
  type ModelGrant,
  ALL_TEAM_MODELS,
  type Principal,
} from '#libs/access';
import { memoizeByObject } from '#libs/common';
import type { JwtSettings, ScopeMapping, Settings } from '#libs/config';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import type { Refusal } from '../failures/refusal.js';
import { modelsOfRole } from './role-permissions.js';
import { scopesThatOpen, modelsOfScopes } from './scope-mapping.js';

/** Whose list of models is consulted: of the credential (`role`, `scope`, `key`) or of a row. */
type ModelListHolder = 'role' | 'scope' | 'key' | 'team' | 'user' | 'organization';

/** One list of models that a caller is subject to. An empty one of a role or of scopes allows none, others every one. */
export interface ModelList {
  readonly holder: ModelListHolder;
  readonly models: readonly string[];
  /** Of `scope`: what each configured scope opens, so that a refusal can say which would have sufficed. */
  readonly mappings?: readonly ScopeMapping[];
}

/** LiteLLM's names; a role and scopes have none of their own. */
const DENIED_TYPES: Readonly<Partial<Record<ModelListHolder, string>>> = {
  key: 'key_model_access_denied',
  team: 'team_model_access_denied',
  user: 'user_model_access_denied',
  organization: 'org_model_access_denied',
};

const CONFIG_KEYS_OF: Readonly<Partial<Record<ModelListHolder, string>>> = {
  role: CONFIG_KEYS.rolePermissions,
  scope: CONFIG_KEYS.scopeMappings,
};

const CLOSED_WHEN_EMPTY: ReadonlySet<ModelListHolder> = new Set(['role', 'scope']);

/** The part of the configuration that says which models there are. */
export interface ConfiguredModels extends Pick<Settings, 'deployments'> {
  readonly router: Pick<Settings['router'], 'aliases'>;
}

/** What a list of models is asked about. */
interface GrantedModel {
  readonly name: string;
  readonly facts: ModelFacts | undefined;
}

/** The access groups of each model group that the configuration declares. */
export class ModelCatalogue {
  /** Every public model name, in the order of the configuration, aliases that are not hidden last. */
  readonly names: readonly string[];
  /** Every name of an access group. */
  readonly accessGroups: ReadonlySet<string>;
  private readonly factsByName = new Map<string, ModelFacts>();
  private readonly models: ModelNames;

  constructor(configured: ConfiguredModels) {
    for (const { modelGroup, accessGroups } of configured.deployments) {
      const known = this.factsByName.get(modelGroup)?.accessGroups ?? [];
      this.factsByName.set(modelGroup, {
        accessGroups: [...new Set([...known, ...accessGroups])],
      });
    }
    this.accessGroups = new Set(configured.deployments.flatMap((one) => one.accessGroups));
    this.models = new ModelNames(configured);
    const aliases = configured.router.aliases.filter(({ isHidden }) => !isHidden);
    this.names = [...new Set([...this.models.groups, ...aliases.map(({ name }) => name)])];
  }

  /**
   * Returns the access groups of the model group that serves a name.
   * @param model the name that a client asks for
   */
  factsOf(model: string): ModelFacts | undefined {
    return this.grantedModel(model).facts;
  }

  /** Tells whether a group serves a name. */
  has(model: string): boolean {
    return this.models.find(model) !== null;
  }

  /** Returns the name by which lists grant what a client asks for, and the access groups of the group that serves it. */
  grantedModel(model: string): GrantedModel {
    const found = this.models.find(model);
    return found === null
      ? { name: model, facts: undefined }
      : { name: found.grantedAs, facts: this.factsByName.get(found.group) };
  }
}

/**
 * The grant that several lists leave together: a model must be granted by each, so the strictest wins.
 * Whether a deployment of the model exists is not asked, so that a refusal tells nothing about it.
 */
export class ListedModels implements ModelGrant {
  /**
   * @param lists the lists, in the order in which a refusal is named
   * @param catalogue access groups of the models
   * @param aliases names that lead the caller to other models; `undefined` for none
   */
  constructor(
    private readonly lists: readonly ModelList[],
    private readonly catalogue: ModelCatalogue,
    readonly aliases?: ModelAliases,
  ) {}

  get named(): readonly string[] {
    const entries = this.lists.flatMap(({ models }) => models);
    const { accessGroups } = this.catalogue;
    return [...new Set(entries)].filter((one) => isSingleModel(one) && !accessGroups.has(one));
  }

  mayUse(model: string): boolean {
    return this.refusingList(model) === null;
  }

  /**
   * Evaluates one model.
   * @returns the refusal of the first list that does not grant it, without naming what the list does grant
   */
  evaluate(model: string): Refusal | null {
    const list = this.refusingList(model);
    if (list === null) return null;
    const { holder } = list;
    if (holder === 'scope') return this.scopeRefusal(list, model);
    const type = DENIED_TYPES[holder];
    return {
      code: 'model_not_allowed',
      detail: `the models of the ${holder} do not include the requested one`,
      isLogged: true,
      configKey: CONFIG_KEYS_OF[holder] ?? null,
      response: {
        ...(type === undefined ? {} : { type }),
        param: 'model',
        message: `The ${holder} of this credential may not use the requested model.`,
      },
    };
  }

  private scopeRefusal({ models, mappings = [] }: ModelList, name: string): Refusal {
    const model = this.catalogue.grantedModel(name);
    return {
      code: 'scope_insufficient',
      detail: 'the models of the scopes of the token do not include the requested one',
      isLogged: true,
      configKey: CONFIG_KEYS.scopeMappings,
      response: {
        param: 'model',
        scopes: scopesThatOpen(models, mappings, model),
      },
    };
  }

  private refusingList(model: string): ModelList | null {
    const { name, facts } = this.catalogue.grantedModel(model);
    return this.lists.find((list) => !grantsModel(list, name, facts)) ?? null;
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

/** Returns the names of models that a caller may call now: those of the configuration, then its own aliases. */
export function callableNames(models: ModelGrant, catalogue: ModelCatalogue): readonly string[] {
  const { aliases } = models;
  if (aliases === undefined) return catalogue.names.filter((name) => models.mayUse(name));
  const names = new Set([...catalogue.names, ...Object.keys(aliases)]);
  return [...names].filter((name) => {
    const model = aliasedModel(name, aliases);
    return catalogue.has(model) && models.mayUse(model);
  });
}

/** The catalogue of a configuration, built at its first use. */
export const modelCatalogueOf = memoizeByObject(
  (settings: ConfiguredModels) => new ModelCatalogue(settings),
);

function grantsModel(
  { holder, models }: ModelList,
  model: string,
  facts: ModelFacts | undefined,
): boolean {
  if (models.length === 0) return !CLOSED_WHEN_EMPTY.has(holder);
  return mayUseModel(models, model, facts);
}

/** The settings that give a credential lists of models. */
export type TokenModelPolicy = Pick<JwtSettings, 'rbac' | 'scopeMappings'>;

/**
 * Returns the lists of models that restrict a credential independently of its rows: those of its role
 * (`role_permissions`), of its scopes (`scope_mappings`) and of its virtual key. They restrict
 * administrators too.
 * @param policy models of roles and scopes
 */
export function tokenModelLists(
  principal: Principal,
  policy: TokenModelPolicy,
): readonly ModelList[] {
  return [...roleList(principal, policy), ...scopeList(principal, policy), ...keyList(principal)];
}

/**
 * Lists of models that hold for tokens and not for virtual keys by themselves: those of its role and of its scopes. What a
 * token makes a key of has to stay within them.
 * @param policy what roles and scopes open
 * @returns empty for callers that are not evaluated by such lists
 */
export function modelLimitsOf(
  principal: Principal,
  policy: TokenModelPolicy,
): readonly (readonly string[])[] {
  const lists = [...roleList(principal, policy), ...scopeList(principal, policy)];
  return lists.map(({ models }) => models);
}

/** The list of the role of a token; none where roles do not restrict models. */
export function roleList(
  principal: Principal,
  policy: Pick<TokenModelPolicy, 'rbac'>,
): readonly ModelList[] {
  const models = modelsOfRole(principal, policy.rbac);
  return models === null ? [] : [{ holder: 'role', models }];
}

/** The list of the scopes of a token; none where scopes do not restrict models. */
export function scopeList(
  principal: Principal,
  policy: Pick<TokenModelPolicy, 'scopeMappings'>,
): readonly ModelList[] {
  const models = modelsOfScopes(principal, policy);
  if (models === null) return [];
  return [{ holder: 'scope', models, mappings: policy.scopeMappings ?? [] }];
}

function keyList({ key, teams }: Principal): readonly ModelList[] {
  if (key === null || key.models.length === 0) return [];
  if (!key.models.includes(ALL_TEAM_MODELS)) return [{ holder: 'key', models: key.models }];
  // The team's own list is consulted anyway; without a team there is nothing that the entry could stand for.
  if (teams.teamId !== null) return [];
  const others = key.models.filter((entry) => entry !== ALL_TEAM_MODELS);
  return [{ holder: 'key', models: others.length === 0 ? [NO_DEFAULT_MODELS] : others }];
}
