import { Injectable } from '@nestjs/common';
import { SettingsStore } from '#libs/config';
import { PriceBook } from '#libs/spend';
import {
  callableModels,
  callableWildcards,
  requireCallableGroup,
  usableAccessGroups,
  type CallableModel,
  type ModelCaller,
} from './callable-models.js';
import { listedModelOf, type ListedModel } from './listed-model.js';

/** Beyond single models, what a list in OpenAI's form may name. */
export interface ListedNames {
  /** Wildcard groups, as they are written. */
  readonly wildcards: boolean;
  readonly accessGroups: 'none' | 'beside' | 'alone';
}

/** The models that a caller may use now. */
@Injectable()
export class ModelLists {
  /**
   * @param settings the configuration of the moment
   * @param priceBook what is known of models
   */
  constructor(
    private readonly settings: SettingsStore,
    private readonly priceBook: PriceBook,
  ) {}

  /** Names of models, and of what else was asked for. */
  names(caller: ModelCaller, { wildcards, accessGroups }: ListedNames): readonly string[] {
    const { terms } = this;
    const groups = accessGroups === 'none' ? [] : usableAccessGroups(caller, terms);
    if (accessGroups === 'alone') return groups;
    const patterns = wildcards ? callableWildcards(caller, terms) : [];
    return [...callableModels(caller, terms).map(({ name }) => name), ...patterns, ...groups];
  }

  /** Models with what is known of them. */
  models(caller: ModelCaller): readonly ListedModel[] {
    return this.callable(caller).map((model) => listedModelOf(model, this.priceBook));
  }

  /** Models with the deployments that may serve them. */
  callable(caller: ModelCaller): readonly CallableModel[] {
    return callableModels(caller, this.terms);
  }

  /**
   * One model. Names below a wildcard group are found too.
   * @throws GatehouseError `not_found` when there is none or the caller may not use it
   */
  model(name: string, caller: ModelCaller): ListedModel {
    const group = requireCallableGroup(name, caller, this.terms);
    return listedModelOf({ name, group }, this.priceBook);
  }

  private get terms() {
    return { settings: this.settings.current, priceBook: this.priceBook };
  }
}
